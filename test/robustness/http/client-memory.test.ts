/** 5.3 and 5.8, on the side of a client: servers that send without end. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { type Asked, stateless } from "../../client-http/scripted.ts";
import { bundled } from "../harness/bundle.ts";
import { closeAll, evil, raw, said } from "../harness/evil.ts";
import { within } from "../harness/waiting.ts";

afterEach(closeAll);

const MiB = 1024 * 1024;

interface Outcome {
  readonly outcome: string;
  readonly after: unknown;
  /** Memory at its highest, beyond what it was before. */
  readonly taken: number;
  readonly worst: number;
  readonly p99: number;
  readonly problems: number;
  readonly faults: readonly string[];
}

/** Lets a client of little memory call `evil`, and then `good`. */
async function meet(...args: readonly string[]): Promise<Outcome> {
  const program = await bundled(new URL("../harness/client-program.ts", import.meta.url));
  const child = fork(program, args, {
    execArgv: ["--max-old-space-size=256"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  try {
    const gone = once(child, "exit").then(([code]) => {
      throw new Error(`The client ended with ${code}: ${stderr}`);
    });
    gone.catch(() => {});
    const [outcome] = (await within(25_000, Promise.race([once(child, "message"), gone]), "the outcome")) as [Outcome];
    expect(outcome.faults).toEqual([]);
    return outcome;
  } finally {
    child.kill("SIGKILL");
  }
}

/** Sends one piece again and again, as long as the client takes it. */
function pour(asked: Asked, piece: string, times = Number.POSITIVE_INFINITY): void {
  let left = times;
  const more = (): void => {
    while (left-- > 0 && !asked.response.destroyed) {
      if (!asked.response.write(piece)) return void asked.response.once("drain", more);
    }
    asked.response.end();
  };
  more();
}

/** A server that plays something when `evil` is called; it counts how often. */
async function meetHttp(play: (asked: Asked) => void): Promise<Outcome & { readonly times: number }> {
  let times = 0;
  const server = await evil(
    stateless((asked) => {
      if (asked.message.params?.["name"] !== "evil") return asked.result(said("good"));
      times++;
      play(asked);
    }),
  );
  return { ...(await meet("http", server.url)), times };
}

describe("REL-21 a stream whose event does not end", () => {
  it.each<[title: string, play: (asked: Asked) => void]>([
    ["400 MB without an end of line", (asked) => (asked.stream(), pour(asked, "x".repeat(MiB), 400))],
    ["one line of data of 17 MB", (asked) => (asked.stream(), asked.write("data: "), pour(asked, "x".repeat(MiB), 17))],
    ["17 MB in many lines of data", (asked) => (asked.stream(), pour(asked, `data: ${"x".repeat(994)}\n`, 17_500))],
    [
      "millions of lines of data of one character",
      (asked) => (asked.stream(), pour(asked, "data:x\n".repeat(10_000), 1000)),
    ],
    ["millions of chunks of two characters", (asked) => (asked.stream(), asked.write("data:"), pour(asked, "ab"))],
  ])("%s", { timeout: 40_000 }, async (_title, play) => {
    const { outcome, after, taken, times } = await meetHttp(play);
    expect(outcome).toMatch(/^limit: The server sent an event/);
    expect(after).toBe("good");
    expect(times).toBe(1);
    expect(taken).toBeLessThan(64 * MiB);
  });
});

describe("REL-22 a reply that does not end", () => {
  it.each<[title: string, play: (asked: Asked) => void]>([
    [
      "600 MB of JSON",
      (asked) => {
        asked.response.writeHead(200, { "content-type": "application/json" });
        pour(asked, " ".repeat(MiB), 600);
      },
    ],
    [
      "1 TB that it is said to have",
      (asked) =>
        raw(asked, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000000000\r\n\r\n{"),
    ],
    [
      "chunks for ever",
      (asked) => {
        asked.response.writeHead(200, { "content-type": "application/json" });
        pour(asked, "[".repeat(1000));
      },
    ],
    [
      "chunks of one byte for ever",
      (asked) => {
        asked.response.writeHead(200, { "content-type": "application/json" });
        pour(asked, "[");
      },
    ],
    [
      "an error page for ever",
      (asked) => {
        asked.response.writeHead(500, { "content-type": "text/html" });
        pour(asked, "<p>".repeat(10_000));
      },
    ],
  ])("%s", { timeout: 40_000 }, async (title, play) => {
    const { outcome, after, taken } = await meetHttp(play);
    // What does not come, or not soon, is waited for no longer than any answer.
    expect(outcome).toMatch(/^1 TB|one byte/.test(title) ? /^(limit|timeout): / : /^(limit|http): /);
    expect(after).toBe("good");
    expect(taken).toBeLessThan(64 * MiB);
  });
});

describe("a child on stdio", () => {
  const child = async (mode: string): Promise<Outcome> =>
    meet("stdio", await bundled(new URL("../harness/evil-child.ts", import.meta.url)), mode);

  it.each([
    ["endless", "a line that does not end"],
    ["notifications", "notifications without end"],
    ["bombs", "messages that are very deep, or very wide"],
  ])("REL-14 %s: %s", { timeout: 40_000 }, async (mode) => {
    const { outcome, after, taken, p99, worst } = await child(mode);
    // A line that is too long is passed over, and the conversation goes on.
    expect([outcome, after]).toEqual(["answered", "good"]);
    expect(taken).toBeLessThan(100 * MiB);
    expect(p99).toBeLessThan(200);
    expect(worst).toBeLessThan(1000);
  });

  it("REL-1 noise between messages reaches the author, and the conversation goes on", async () => {
    const { outcome, after, problems } = await child("noise");
    expect([outcome, after]).toEqual(["answered", "good"]);
    expect(problems).toBeGreaterThanOrEqual(5);
  });
});
