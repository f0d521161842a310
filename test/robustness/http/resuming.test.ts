/** 5.3: streams that a client comes back for. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HttpRefusal } from "../../../src/server/http/index.ts";
import { readEventId } from "../../../src/server/http/replay.ts";
import { apart, users } from "../harness/canary.ts";
import { EVERY_HOST } from "../harness/host-names.ts";
import { type Headers, type HttpParts, inSession } from "../harness/messages.ts";
import type { Connection } from "../harness/raw.ts";
import type { Reply } from "../harness/reply.ts";
import { serverUnderTest, type Target } from "../harness/server.ts";
import { until } from "../harness/waiting.ts";

const under = serverUnderTest();

function begin(session: string, text: string, id: unknown = text): HttpParts {
  const params = { name: "begin", arguments: { text } };
  return inSession(session, { jsonrpc: "2.0", id, method: "tools/call", params });
}

function resume(session: string, last: string): HttpParts {
  const headers: Headers = {
    "MCP-Protocol-Version": "2025-11-25",
    Accept: "text/event-stream",
    "Mcp-Session-Id": session,
    "Last-Event-ID": last,
  };
  return { method: "GET", headers };
}

interface Lost {
  readonly session: string;
  /** The id of the first event, which has no data. */
  readonly first: string;
  readonly last: string;
}

/** Begins a call that goes on, and loses its stream after the first message. */
async function lost(target: Target, text: string, session?: string): Promise<Lost> {
  const own = session ?? (await target.session());
  const { connection, reply } = await target.open(begin(own, text));
  await connection.seen(reply, ({ messages }) => messages.length > 0);
  const { events } = reply;
  connection.destroy();
  await connection.closed;
  return { session: own, first: events[0]?.id ?? "", last: events.at(-1)?.id ?? "" };
}

/** What a resumed stream says to its end. */
async function rest({ connection, reply }: { connection: Connection; reply: Reply }): Promise<unknown[]> {
  await connection.whole(reply);
  connection.destroy();
  return reply.messages.map(({ id, params, result }) => [id, params?.["data"] ?? result?.content[0].text]);
}

it.each(EVERY_HOST)("SEC-53 events are nobody else's, in a session of one's own either: %s", async (host) => {
  const { alice, bob } = await users(under.server, host);
  const [hers, his] = [await alice.session(), await bob.session()];
  const secret = alice.word();
  const { connection, reply } = await alice.open(begin(hers, secret));
  await connection.seen(reply, ({ messages }) => messages.length > 0);
  const ids = reply.events.map(({ id }) => alice.owns(id));
  connection.destroy();
  for (const id of ids) {
    // A gone event is told by 400 here: 404 means that the session is over.
    expect((await bob.send(resume(his, id))).outcome).toEqual([400, -32600]);
    expect((await bob.send(resume(hers, id))).outcome).toEqual([404, -32600]);
  }
  expect((await alice.send(resume(await alice.session(), ids[0] ?? ""))).outcome).toEqual([400, -32600]);
  const resumed = await alice.open(resume(hers, ids[0] ?? ""));
  await under.server.ask({ kind: "release" });
  await resumed.connection.whole(resumed.reply);
  resumed.connection.destroy();
  expect(resumed.reply.messages.at(-1)?.result.content[0].text).toBe(`ended ${secret}`);
  apart(alice, bob);
});

describe.each(EVERY_HOST)("%s", (host) => {
  it("SEC-54 each stream of a session is resumed by itself", async () => {
    const target = await under.server.target(host);
    const one = await lost(target, "one");
    const two = await lost(target, "two", one.session);
    const [first, second] = [
      await target.open(resume(one.session, one.first)),
      await target.open(resume(one.session, two.last)),
    ];
    await until(async () => (await under.server.report()).waiting === 2, "both calls run");
    await under.server.ask({ kind: "release" });
    expect(await rest(first)).toEqual([
      [undefined, "begun one"],
      ["one", "ended one"],
    ]);
    expect(await rest(second)).toEqual([["two", "ended two"]]);
  });

  it("SEC-55 ids that no stream has given find nothing", async () => {
    const target = await under.server.target(host);
    const { session, last } = await lost(target, "x");
    const [name = "", place = ""] = last.split(".");
    const forged = [
      `${name}.${Number(place) + 1}`,
      `${name}.999999999999999`,
      `${name}.-1`,
      `${name}.1e0`,
      `${name}.0x1`,
      `${name}.`,
      name,
      `.${place}`,
      `${name}.${place}.1`,
      `${name.toLowerCase()}x.${place}`,
      `${name.slice(1)}.${place}`,
      `AAAAAAAAAAAA.${place}`,
      "*",
      "?",
      "[a-z]*",
      "x".repeat(9000),
      "",
      `${name}.${"9".repeat(300)}`,
      `"${last}"`,
      `${last}, ${last}`,
      "__proto__.1",
      "../../x.1",
      "\u00e9",
    ];
    for (const id of forged) expect((await target.send(resume(session, id))).outcome, id).toEqual([400, -32600]);
    await under.server.ask({ kind: "release" });
  });

  it("REL-23 a stream whose events are no longer kept is refused", async () => {
    const target = await under.server.target(host, { counted: true });
    const { session, last } = await lost(target, "old");
    await under.server.ask({ kind: "release" });
    await until(async () => (await under.server.report()).waiting === 0, "the call ends");
    await under.server.ask({ kind: "skip", milliseconds: 10 * 60_000 + 1 });
    expect((await target.send(resume(session, last))).outcome).toEqual([400, -32600]);
    // After a restart nobody knows the session either.
    const restarted = await under.server.target(host, { counted: true, requests: 9999 });
    const other = await lost(await under.server.target(host), "other");
    expect((await restarted.send(resume(other.session, other.last))).outcome).toEqual([404, -32600]);
    await under.server.ask({ kind: "release" });
  });

  // The later one wins: what it takes over from may be half open, and its client gone.
  it("REL-24 of two at once one goes on, and no event comes twice", async () => {
    const target = await under.server.target(host);
    for (let at = 0; at < 5; at++) {
      const { session, last } = await lost(target, `call ${at}`);
      const both = await Promise.all([target.open(resume(session, last)), target.open(resume(session, last))]);
      await under.server.ask({ kind: "release" });
      const told = (await Promise.all(both.map(rest))).flat();
      expect(told).toEqual([[`call ${at}`, `ended call ${at}`]]);
      // Who comes after the end still gets it.
      expect(await rest(await target.open(resume(session, last)))).toEqual(told);
    }
  });
});

it("SEC-55 an id is read only when it has the form of one", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]{10,14}$/), fc.string()).map(([name, place]) => `${name}.${place}`),
    fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]{12}$/), fc.bigInt()).map(([name, place]) => `${name}.${place}`),
  );
  fc.assert(
    fc.property(texts, (id) => {
      try {
        const { name, place } = readEventId(id);
        expect(`${name}.${place}`).toMatch(/^[A-Za-z0-9_-]{12}\.[0-9]{1,15}$/);
        expect(Number.isSafeInteger(place)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(HttpRefusal);
      }
    }),
    { seed: 55, numRuns: 5000 },
  );
});
