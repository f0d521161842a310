// Calls over stdio within the process of the server, so that each piece that it reads has as many of them: from a pipe it
// would read as many as happen to be there, and what it does once for each piece would count differently.
import { Readable, Writable } from "node:stream";
import { initialize, initialized } from "../load/messages.mjs";
import { lineTemplate } from "../load/stdio.mjs";

/** Calls in one piece. */
const WIDTH = 64;

/** Takes what the server writes, and says when it has written as many lines as are due. */
class Lines extends Writable {
  /** What was written since {@link Lines.expect}; only its length is kept, where `keep` is not set. */
  text = "";
  length = 0;
  keep = true;
  #due = 0;
  #done;

  constructor() {
    super({ decodeStrings: false });
  }

  expect(lines) {
    this.text = "";
    this.length = 0;
    this.#due = lines;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  /** @override */
  _write(data, _encoding, callback) {
    const text = String(data);
    if (this.keep) this.text += text;
    this.length += text.length;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#due -= 1;
    callback();
    if (this.#due === 0) this.#done();
  }
}

/** Starts a server; gives a function that makes some calls, and says how many they were. */
export async function startStdio(adapter, { modern, call }) {
  const input = new Readable({ read() {} });
  const output = new Lines();
  Object.defineProperty(process, "stdin", { value: input });
  Object.defineProperty(process, "stdout", { value: output });
  await adapter.serveStdio("std");
  const send = async (bytes, lines) => {
    const written = output.expect(lines);
    input.push(bytes);
    await written;
  };
  if (!modern) {
    await send(Buffer.from(`${initialize("2025-11-25")}\n`), 1);
    input.push(Buffer.from(`${initialized}\n`));
  }
  const make = lineTemplate("tools/call", call.params, { modern });
  const piece = Buffer.from(Array.from({ length: WIDTH }, (_, index) => make(1_000_000 + index)).join(""));
  await send(piece, WIDTH);
  const wrong = output.text.split("\n").find((line) => line !== "" && !line.includes(call.answer));
  if (wrong !== undefined) throw new Error(`A wrong answer: ${wrong}`);
  output.keep = false;
  const { length } = output;
  return async (calls) => {
    let made = 0;
    for (; made < calls; made += WIDTH) {
      await send(piece, WIDTH);
      if (output.length !== length) throw new Error(`${output.length} characters of answers, and not ${length}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return made;
  };
}
