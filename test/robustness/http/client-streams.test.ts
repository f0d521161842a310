/** 5.3, on the side of a client: how streams are read, lost and opened again. */
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { Events } from "../../../src/client/http/events.ts";
import { type Asked, stateful } from "../../client-http/scripted.ts";
import { closeAll, evil, said, victim } from "../harness/evil.ts";
import { readEvents, type SseEvent } from "../harness/sse.ts";
import { until, within } from "../harness/waiting.ts";

afterEach(closeAll);

/** What the client's reader makes of a stream that comes in these pieces. */
function read(pieces: readonly Uint8Array[]): SseEvent[] {
  const events: SseEvent[] = [];
  const reader = new Events(1_000_000, {
    event: ({ event = "message", data, id = "" }) => events.push({ event, data, id }),
  });
  for (const piece of pieces) reader.feed(piece);
  return events;
}

/** The cases of the tests of browsers: format, fields, ends of lines. */
const STREAMS: readonly string[] = [
  "data: a\n\n",
  "\ufeffdata: a\n\n",
  "data: a\r\rdata: b\r\n\r\ndata: c\n\n",
  "data: a\r\ndata: b\n\rdata: c\r\n\n",
  ": comment\n\ndata:a\n:\n:x\ndata:b\n\n",
  "data\n\ndata\ndata\n\ndata: test\n\n",
  "data:\n\ndata: \n\n",
  "data:  two spaces\n\ndata:\ttab\n\n",
  "data:test\n data: no field\n\n",
  "unknown: x\ndata: a\ndatax: b\nData: c\n\n",
  "event: foo\ndata: a\n\nevent:\ndata: b\n\ndata: c\n\n",
  "id: 1\ndata: a\n\nid\ndata: b\n\nid: x\0y\ndata: c\n\n",
  "id: 1\ndata: \n\n",
  "data: unfinished",
  "data: unfinished\n",
  "data: a\n\nid: 7\nevent: x\n",
  "data: å 漢 😀 \u2028 \u0085\n\n",
  ":\n\n:\r\r\n",
];

describe("REL-17 a stream of events", () => {
  it.each(STREAMS)("%j is read alike however it is cut", (text) => {
    const bytes = new TextEncoder().encode(text);
    const expected = readEvents(text);
    expect(read([bytes])).toEqual(expected);
    expect(read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
    for (let one = 0; one <= bytes.length; one++) {
      for (let two = one; two <= bytes.length; two++) {
        const pieces = [bytes.subarray(0, one), bytes.subarray(one, two), bytes.subarray(two)];
        expect(read(pieces), `cut at ${one} and ${two}`).toEqual(expected);
      }
    }
  });

  it("of any lines is read alike however it is cut", () => {
    const piece = fc.constantFrom(
      "data",
      "data:",
      "data: ",
      "id: 1",
      "event: e",
      ":",
      " ",
      "x",
      "\r",
      "\n",
      "\r\n",
      "\n\n",
      "é",
      "😀",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(60), { maxLength: 5 }), (parts, cuts) => {
        const text = parts.join("");
        const bytes = new TextEncoder().encode(text);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        expect(read(pieces)).toEqual(readEvents(text));
      }),
      { seed: 17, numRuns: 3000 },
    );
  });
});

/** The stream of a session that begins with an event, says how long to wait, and ends. */
function ending(retry: string): (asked: Asked) => void {
  return (asked) => {
    asked.stream();
    asked.write(`retry: ${retry}\nid: a.1\ndata: \n\n`);
    asked.end();
  };
}

describe("REL-19 retry", () => {
  it.each([
    ["0", 500],
    ["-1", 500],
    ["abc", 500],
    ["1e9", 500],
    ["1.5", 500],
    ["700", 700],
    ["1000000000", 60_000],
    ["99999999999999999999", 60_000],
  ])("%s is a pause of %d ms", async (retry, delay) => {
    const server = await evil(stateful((asked) => asked.result(said("x")), { get: ending(retry) }));
    const { statuses } = await victim(server, { pacing: { random: () => 0 } });
    await until(() => statuses.some(({ state }) => state === "reconnecting"), "the stream is lost");
    expect(statuses.find(({ state }) => state === "reconnecting")).toMatchObject({ delay });
  });
});

it("REL-20 a server that is asked again and again gives one answer in the end", async () => {
  let polls = 0;
  const server = await evil(
    stateful(
      (asked) => {
        asked.stream();
        asked.write("id: s.0\nretry: 30\ndata: \n\n");
        asked.end();
      },
      {
        get: (asked) => {
          if (asked.headers["last-event-id"] === undefined) return asked.reply(405);
          asked.stream();
          if (++polls < 3) asked.write(`id: s.${polls}\nretry: 30\ndata: \n\n`);
          else
            asked.event({ jsonrpc: "2.0", id: server.of("tools/call")[0]?.message.id, result: said("at last") }, "s.9");
          asked.end();
        },
      },
    ),
  );
  const { client } = await victim(server);
  const started = performance.now();
  expect(await client.call("slow")).toBe("at last");
  // Three pauses that the server asked for.
  expect(performance.now() - started).toBeGreaterThan(85);
  const asked = server.by("GET").map(({ headers }) => headers["last-event-id"]);
  expect(asked.filter((id) => id !== undefined)).toEqual(["s.0", "s.1", "s.2"]);
  expect(server.of("tools/call")).toHaveLength(1);
});

describe("REL-23 a stream whose events are gone", () => {
  it.each([400, 404, 410, 405, 500])("a request that would wait for it fails: HTTP %d", async (status) => {
    const server = await evil(
      stateful(
        (asked) => {
          if (asked.message.params?.["name"] === "good") return asked.result(said("good"));
          asked.stream();
          asked.write("id: s.0\ndata: \n\n");
          asked.break();
        },
        { get: (asked) => asked.reply(asked.headers["last-event-id"] === undefined ? 405 : status) },
      ),
    );
    const { client } = await victim(server);
    const failed = within(
      5000,
      client.call("lost").catch((error: unknown) => error),
      "the failure",
    );
    expect(await failed).toBeInstanceOf(Error);
    expect(((await failed) as { code?: unknown }).code).toEqual(expect.any(String));
    expect(await client.call("good")).toBe("good");
  });
});

describe("REL-26 REL-27 a stream that ends at once, for ever", () => {
  it.each<[title: string, get: (asked: Asked) => void]>([
    ["cleanly", (asked) => (asked.stream(), asked.end())],
    ["with a text that is no stream", (asked) => asked.reply(200, { "content-type": "text/plain" }, "hello")],
    ["broken", (asked) => (asked.stream(), asked.break())],
  ])("%s: it is tried a few times, and given up", async (_title, get) => {
    const server = await evil(stateful((asked) => asked.result(said("x")), { get }));
    const { client, statuses } = await victim(server);
    await until(() => statuses.at(-1)?.state === "lost", "the stream is given up");
    const { length } = server.by("GET");
    expect(length).toBeLessThanOrEqual(6);
    // Pauses grow.
    const delays = statuses.flatMap((status) => (status.state === "reconnecting" ? [status.delay] : []));
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    // Requests work on, and nothing is posted into a dead channel.
    expect(await within(1000, client.call("any"), "an answer")).toBe("x");
    expect(server.by("GET")).toHaveLength(length);
  });

  it("the pauses of every client make less than ten requests in five minutes", async () => {
    const server = await evil(
      stateful((asked) => asked.result(said("x")), { get: (asked) => (asked.stream(), asked.end()) }),
    );
    const delays: number[] = [];
    const real = await victim(server, { pacing: { random: () => 0 } });
    await until(() => real.statuses.filter(({ state }) => state === "reconnecting").length >= 2, "two pauses");
    for (const status of real.statuses) if (status.state === "reconnecting") delays.push(status.delay);
    expect(delays.slice(0, 2)).toEqual([500, 1000]);
  });
});

describe("REL-28 a server that has no such stream", () => {
  it.each([404, 405, 406])("HTTP %d: the client does without, and says nothing", async (status) => {
    const server = await evil(stateful((asked) => asked.result(said("x")), { get: (asked) => asked.reply(status) }));
    const { client, statuses, problems } = await victim(server);
    await server.until(({ method }) => method === "GET");
    for (let at = 0; at < 3; at++) expect(await client.call("any")).toBe("x");
    expect(server.by("GET")).toHaveLength(1);
    expect(statuses.filter(({ state }) => state === "reconnecting")).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("HTTP 401: it is not asked again with the same token", async () => {
    const server = await evil(stateful((asked) => asked.result(said("x")), { get: (asked) => asked.reply(401) }));
    const { client, statuses } = await victim(server);
    await until(() => statuses.at(-1)?.state === "lost", "the stream is given up");
    expect(await client.call("any")).toBe("x");
    expect(server.by("GET")).toHaveLength(1);
  });

  it.each([500, 503, 429])("HTTP %d: it is asked again, later and later", async (status) => {
    const server = await evil(stateful((asked) => asked.result(said("x")), { get: (asked) => asked.reply(status) }));
    const { client, statuses } = await victim(server);
    await until(() => statuses.at(-1)?.state === "lost", "the stream is given up");
    expect(server.by("GET").length).toBeGreaterThan(1);
    expect(server.by("GET").length).toBeLessThanOrEqual(6);
    expect(await client.call("any")).toBe("x");
  });

  it("HTTP 429 with Retry-After: not before that", async () => {
    const get = (asked: Asked): void => asked.reply(429, { "retry-after": "7" });
    const server = await evil(stateful((asked) => asked.result(said("x")), { get }));
    const { statuses } = await victim(server, { pacing: { random: () => 0 } });
    await until(() => statuses.some(({ state }) => state === "reconnecting"), "the stream is lost");
    expect(statuses.find(({ state }) => state === "reconnecting")).toMatchObject({ delay: 7000 });
  });
});
