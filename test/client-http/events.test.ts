import { describe, expect, it } from "vitest";
import { Events, type StreamEvent } from "../../src/client/http/events.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a stream is read as, when its bytes come in these pieces. */
function read(pieces: readonly Uint8Array[], most = 1000): { events: StreamEvent[]; retries: number[] } {
  const events: StreamEvent[] = [];
  const retries: number[] = [];
  const reader = new Events(most, { event: (event) => events.push(event), retry: (one) => retries.push(one) });
  for (const piece of pieces) reader.feed(piece);
  return { events, retries };
}

const datas = (text: string): string[] => read([bytes(text)]).events.map(({ data }) => data);

const stream = [
  "\ufeff: a comment",
  "",
  "data: one",
  "",
  "id: 7",
  "retry: 250",
  "event: other",
  "data:two",
  "data:  three",
  "data",
  "unknown: field",
  "",
  "data: grüße 🎉",
  "id",
  "",
  "data: unfinished",
].join("\n");

const whole = [{ data: "one" }, { data: "two\n three\n", id: "7", event: "other" }, { data: "grüße 🎉", id: "" }];

describe("REL-17: a stream of events", () => {
  it.each([
    ["LF", "\n"],
    ["CR", "\r"],
    ["CRLF", "\r\n"],
  ])("is the same however it is cut, with lines that end in %s", (_name, end) => {
    const all = bytes(stream.replaceAll("\n", end));
    expect(read([all]).events).toEqual(whole);
    expect(read([all]).retries).toEqual([250]);
    expect(read([...all].map((byte) => Uint8Array.of(byte))).events).toEqual(whole);
    for (let cut = 0; cut <= all.length; cut++) {
      expect(read([all.subarray(0, cut), all.subarray(cut)]).events).toEqual(whole);
    }
  });

  it("gives an event as soon as it is complete, also where its last line ends in CR", () => {
    expect(datas("data: one\r\r")).toEqual(["one"]);
    expect(datas("data: one\r\n\r")).toEqual(["one"]);
    expect(read([bytes("data: one\r\r"), bytes("\n"), bytes("data: two\r\n\r\n")]).events).toEqual([
      { data: "one" },
      { data: "two" },
    ]);
  });

  it("REL-19: has a retry only where it is a number", () => {
    const text = ["0", "-1", "abc", "1e9", "12345678901234567890", "5 "].map((one) => `retry: ${one}\n`).join("");
    expect(read([bytes(text)]).retries).toEqual([0, Number("12345678901234567890")]);
  });

  it("an id with NUL is none", () => {
    expect(read([bytes("id: a\0b\ndata: x\n\n")]).events).toEqual([{ data: "x" }]);
  });

  it("SEC-14: is UTF-8", () => {
    expect(() => read([bytes("data: "), Uint8Array.of(0xff), bytes("\n\n")])).toThrow(/UTF-8/);
  });

  it.each([
    ["one line", ["data: ", "x".repeat(60), "x".repeat(60)]],
    ["many lines", Array.from({ length: 20 }, () => `data: ${"x".repeat(10)}\n`)],
    ["no line", Array.from({ length: 20 }, () => "x".repeat(10))],
  ])("REL-21: ends at an event that is too long: %s", (_name, pieces) => {
    const pushed = (): unknown => read(pieces.map(bytes), 100);
    expect(pushed).toThrow(expect.objectContaining({ code: "limit", data: { limit: "eventBytes" } }));
  });

  it("goes on for ever where its events are short", () => {
    const pieces = Array.from({ length: 200 }, () => bytes(`: ping\n\ndata: ${"x".repeat(50)}\n\n`));
    expect(read(pieces, 100).events).toHaveLength(200);
  });
});
