import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { nodePipe } from "../../src/jsonrpc/pipes/index.ts";

/** A stream whose reader takes a chunk when it is told to. */
function slow(): { stream: Writable; readonly take: (error?: Error) => void } {
  let taken: (error?: Error) => void = () => {};
  const stream = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => (taken = done) });
  return { stream, take: (error) => taken(error) };
}

const listeners = (stream: Writable): number =>
  stream.eventNames().reduce((sum, name) => sum + stream.listenerCount(name), 0);

describe("nodePipe()", () => {
  it("keeps no listener for each time that the reader was slow", async () => {
    const { stream, take } = slow();
    const pipe = nodePipe(new PassThrough(), stream);
    const before = listeners(stream);
    for (let at = 0; at < 20; at++) {
      const room = pipe.write("x");
      expect(room).toBeInstanceOf(Promise);
      take();
      await room;
    }
    expect(listeners(stream)).toBe(before);
  });

  it.each([
    ["breaks", (take: (error?: Error) => void) => take(new Error("broken"))],
    ["is closed", (_take: unknown, pipe: { close(): Promise<void> }) => void pipe.close()],
  ])("lets nobody wait for room in a stream that %s", async (_title, end) => {
    const { stream, take } = slow();
    const pipe = nodePipe(new PassThrough(), stream);
    const room = pipe.write("x");
    end(take, pipe);
    await expect(room).resolves.toBeUndefined();
  });

  it("tells once that a stream has ended, also when that was before", async () => {
    const readable = new PassThrough();
    readable.resume().end();
    await new Promise((resolve) => readable.once("close", resolve));
    const ends: unknown[] = [];
    await new Promise<void>((resolve) => {
      nodePipe(readable, new PassThrough()).start(
        () => {},
        (error) => {
          ends.push(error);
          resolve();
        },
      );
    });
    expect(ends).toEqual([undefined]);
  });

  it("gives up a duplex when it is closed", async () => {
    const duplex = new PassThrough();
    await nodePipe(duplex, duplex).close();
    expect(duplex.destroyed).toBe(true);
  });
});
