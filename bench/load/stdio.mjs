// The load over pipes: lines that are made before, and every answer is a line that is checked.
import { initialize, initialized, nextId, requestText, template } from "./messages.mjs";

/** The pipes of a server. */
export class Pipes {
  /** Told of each line: the bytes it stands in, and where. @type {((bytes: Buffer, from: number, to: number) => void) | undefined} */
  #onLine;
  /** Told that the lines of a piece have been read. @type {(() => void) | undefined} */
  #onRead;
  #fail;
  /** @type {Buffer[]} */
  #begun = [];
  #child;

  constructor(child) {
    this.#child = child;
    child.stdout.on("data", (bytes) => this.#feed(bytes));
    child.on("exit", (code) => this.#fail?.(new Error(`The server ended with code ${code}`)));
  }

  write(text) {
    this.#child.stdin.write(text);
  }

  #feed(bytes) {
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      if (this.#begun.length === 0) this.#onLine?.(bytes, from, end);
      else {
        const whole = Buffer.concat([...this.#begun, bytes.subarray(from, end)]);
        this.#begun = [];
        this.#onLine?.(whole, 0, whole.length);
      }
      from = end + 1;
    }
    if (from < bytes.length) this.#begun.push(bytes.subarray(from));
    this.#onRead?.();
  }

  /** Listens until `settle` is called by what listens. */
  #listen(begin) {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      begin((value) => {
        this.#onLine = undefined;
        this.#onRead = undefined;
        resolve(value);
      });
    });
  }

  /** Sends a line and gives the next one that is an answer. @returns {Promise<string>} */
  ask(text) {
    return this.#listen((settle) => {
      this.#onLine = (bytes, from, to) => {
        const line = bytes.toString("utf8", from, to);
        if (!("method" in JSON.parse(line))) settle(line);
      };
      this.write(`${text}\n`);
    });
  }

  /** The handshake of older revisions. */
  async open(version) {
    const answer = JSON.parse(await this.ask(initialize(version)));
    if (answer.error !== undefined) throw new Error(JSON.stringify(answer.error));
    this.write(`${initialized}\n`);
  }

  /**
   * Requests for some milliseconds, `width` in flight. Each line is an answer that `check` looks at, but for those that
   * `between` takes: they come before an answer, and are counted as `told`.
   */
  load(make, { check, between = neither, width, milliseconds }) {
    const latencies = [];
    let [count, told, bad, flying, answered, sent] = [0, 0, 0, 0, 0, 0];
    return this.#listen((settle) => {
      const end = performance.now() + milliseconds;
      const send = (number) => {
        let text = "";
        for (let sending = 0; sending < number; sending += 1) text += make(nextId());
        flying += number;
        sent = performance.now();
        this.write(text);
      };
      this.#onLine = (bytes, from, to) => {
        if (between(bytes, from, to)) told += 1;
        else {
          answered += 1;
          if (!check(bytes, from, to)) bad += 1;
        }
      };
      this.#onRead = () => {
        if (answered === 0) return;
        const now = performance.now();
        if (width === 1) latencies.push(now - sent);
        const ready = answered;
        answered = 0;
        count += ready;
        flying -= ready;
        if (now < end) send(ready);
        else if (flying === 0) settle({ count, told, bad, latencies });
      };
      send(width);
    });
  }
}

/** @type {(bytes: Buffer, from: number, to: number) => boolean} */
const neither = () => false;

/** Says whether a line has the text in it. */
export function lineHas(text) {
  const wanted = Buffer.from(text);
  return (bytes, from, to) => {
    const at = bytes.indexOf(wanted, from);
    return at >= 0 && at + wanted.length <= to;
  };
}

/** The line of a request as a function of its id. */
export function lineTemplate(method, params, { modern = false, progress = false } = {}) {
  return template(`${requestText(method, params, { modern, progress })}\n`);
}
