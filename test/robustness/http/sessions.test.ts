/** 5.2: sessions of older revisions: whose they are, and when they are over. */
import { describe, expect, it } from "vitest";
import { randomText } from "../../../src/server/http/random.ts";
import { apart, type User, users } from "../harness/canary.ts";
import { EVERY_HOST } from "../harness/host-names.ts";
import { bytesOf, type Headers, type HttpParts, inSession, withHeaders } from "../harness/messages.ts";
import type { Reply } from "../harness/reply.ts";
import { serverUnderTest } from "../harness/server.ts";
import { until } from "../harness/waiting.ts";

const under = serverUnderTest();

const VERSION: Headers = { "MCP-Protocol-Version": "2025-11-25" };

function toolCall(session: string | undefined, name: string, args: object = {}, id: unknown = 1): HttpParts {
  return inSession(session, { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } });
}

function get(session: string, more: Headers = {}): HttpParts {
  return { method: "GET", headers: { ...VERSION, Accept: "text/event-stream", "Mcp-Session-Id": session, ...more } };
}

function del(session: string): HttpParts {
  return { method: "DELETE", headers: { ...VERSION, "Mcp-Session-Id": session } };
}

describe.each(EVERY_HOST)("%s", (host) => {
  it("SEC-41 without its id no session is found, although there is but one", async () => {
    const target = await under.server.target(host, { counted: true });
    await target.session();
    for (const parts of [toolCall(undefined, "marker"), { ...get("x"), headers: { Accept: "text/event-stream" } }]) {
      expect((await target.send(parts)).outcome).toEqual([400, -32600]);
    }
    expect((await target.send({ method: "DELETE" })).outcome).toEqual([400, -32600]);
  });

  it("SEC-41 nor with another one", async () => {
    const target = await under.server.target(host, { counted: true });
    const good = await target.session();
    const wrong: (string | readonly string[])[] = [
      "a".repeat(22),
      "../../../../../etc/passwd",
      `${good}/../${good}`,
      "x".repeat(10_000),
      "",
      "*",
      "__proto__",
      "constructor",
      "\u00e9\u00ff",
      `${good}\u00a0`,
      good.toLowerCase(),
      good.slice(1),
      `${good}x`,
      `"${good}"`,
      [good, good],
      [good, "a".repeat(22)],
    ];
    for (const id of wrong) {
      for (const parts of [toolCall("x", "marker"), get("x"), del("x")]) {
        const reply = await target.send(withHeaders(parts, { "Mcp-Session-Id": id }));
        expect([400, 404], `${id}`).toContain(reply.status);
      }
    }
    expect((await target.send(toolCall(good, "echo"))).status).toBe(200);
  });

  it("SEC-49 a session is over after DELETE, and what runs in it is given up", async () => {
    const target = await under.server.target(host);
    const session = await target.session();
    const { aborted } = await under.server.report();
    const running = await target.connect();
    running.write(bytesOf(toolCall(session, "wait")));
    await until(async () => (await under.server.report()).waiting === 1, "the call runs");
    const own = await target.open(get(session));
    expect([200, 204]).toContain((await target.send(del(session))).status);
    await own.connection.whole(own.reply);
    expect((await running.reply())?.messages).toEqual([]);
    running.destroy();
    own.connection.destroy();
    expect((await under.server.report()).aborted).toBe(aborted + 1);
    for (const parts of [del(session), toolCall(session, "marker"), get(session)]) {
      expect((await target.send(parts)).outcome).toEqual([404, -32600]);
    }
  });

  it("SEC-45 a session has one stream, and a second one does it no harm", async () => {
    const { alice, bob } = await users(under.server, host);
    const session = await alice.session();
    const { connection, reply } = await alice.open(get(session));
    expect(reply.status).toBe(200);
    expect((await alice.send(get(session))).outcome).toEqual([409, -32600]);
    expect((await bob.send(get(session))).outcome).toEqual([404, -32600]);
    expect((await bob.send(del(session))).outcome).toEqual([404, -32600]);
    await under.server.ask({ kind: "change" });
    await connection.seen(reply, ({ messages }) =>
      messages.some(({ method }) => method?.endsWith("list_changed") === true),
    );
    connection.destroy();
    apart(alice, bob, [session]);
  });
});

describe("SEC-43 the session of somebody else", () => {
  /** All that a client can see of a reply but the time. */
  function visible(reply: Reply): unknown {
    const names = reply.headerNames.filter((name) => name !== "date");
    return [reply.status, reply.text, names.map((name) => [name, reply.header(name)])];
  }

  it("looks as one that never was, to the byte, and its owner notices nothing", async () => {
    const { alice, bob } = await users(under.server);
    const session = await alice.session();
    const secret = alice.word();
    const stream = await alice.open(toolCall(session, "begin", { text: secret }, secret));
    await stream.connection.seen(stream.reply, ({ messages }) => messages.length > 0);
    const id = alice.owns(stream.reply.events.at(-1)?.id ?? "");
    const never = "A".repeat(22);
    const kinds: readonly ((session: string) => HttpParts)[] = [
      (of) => toolCall(of, "marker"),
      (of) => inSession(of, { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: secret } }),
      (of) => inSession(of, { jsonrpc: "2.0", id: 1, result: {} }),
      (of) => inSession(of, "{"),
      (of) => get(of),
      (of) => get(of, { "Last-Event-ID": id }),
      (of) => del(of),
    ];
    for (const parts of kinds) {
      const [one, other] = [await bob.send(parts(session)), await bob.send(parts(never))];
      // What is no JSON is refused before it is asked whose it is.
      const broken = parts("").body === "{";
      expect(one.status).toBe(broken ? 400 : 404);
      expect(visible(one)).toEqual(visible(other));
    }
    // Nor without any token.
    for (const parts of kinds) {
      const anonymous = await (await under.server.target("serveHttp", { users: true })).send(parts(session));
      expect(anonymous.status).toBe(401);
    }
    await under.server.ask({ kind: "release" });
    await stream.connection.whole(stream.reply);
    expect(stream.reply.messages.at(-1)?.result.content[0].text).toBe(`ended ${secret}`);
    stream.connection.destroy();
    apart(alice, bob, [session, id, secret]);
    expect(bob.heard).not.toContain(secret);
  });

  it("nor is a stream of the oldest revision, whose id stands in an address", async () => {
    const { alice, bob } = await users(under.server, "serveHttp", { sse: true });
    const { connection, reply } = await alice.open({ method: "GET", headers: { Accept: "text/event-stream" } });
    await connection.seen(reply, ({ events }) => events.length > 0);
    const target = reply.events[0]?.data ?? "";
    const own = alice.owns(target.slice(target.indexOf("=") + 1));
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const [one, other] = [
      await bob.send({ target, body }),
      await bob.send({ target: `/mcp?sessionId=${"A".repeat(22)}`, body }),
    ];
    expect(one.status).toBe(404);
    expect(visible(one)).toEqual(visible(other));
    for (const id of [`${own}x`, own.slice(1), "", "__proto__", "..%2f", `${own}&sessionId=x`.slice(1)]) {
      expect((await alice.send({ target: `/mcp?sessionId=${id}`, body })).status).toBeGreaterThanOrEqual(400);
    }
    expect((await alice.send({ target, body })).status).toBe(202);
    await connection.seen(reply, ({ messages }) => messages.some(({ id }) => id === 1));
    connection.destroy();
    apart(alice, bob);
  });

  it("takes no other time", async () => {
    const { alice, bob } = await users(under.server);
    const [session, never] = [await alice.session(), "A".repeat(22)];
    const times: Record<string, number[]> = { [session]: [], [never]: [] };
    for (let at = 0; at < 300; at++) {
      const id = at % 2 === 0 ? session : never;
      const started = performance.now();
      await bob.send(toolCall(id, "marker"));
      times[id]?.push(performance.now() - started);
    }
    const [one, other] = [session, never].map((id) => (times[id] ?? []).toSorted((a, b) => a - b)[75] ?? 0);
    expect(Math.abs((one ?? 0) - (other ?? 0))).toBeLessThan(1);
  });

  it("is no matter of what they say: neither sees a word of the other", async () => {
    const { alice, bob } = await users(under.server);
    const each = await Promise.all(
      [alice, bob].map(async (user: User) => {
        const session = await user.session();
        for (let at = 0; at < 20; at++) {
          const word = user.word();
          const reply = await user.send(toolCall(session, "say", { text: word }, word));
          expect(reply.messages.at(-1)).toMatchObject({ id: word, result: { content: [{ text: word }] } });
          expect((await user.send(toolCall(session, "who"))).message.result.content[0].text).toBe(user.name);
        }
        return session;
      }),
    );
    expect(new Set(each).size).toBe(2);
    apart(alice, bob);
  });
});

it("SEC-42 ids of sessions have 132 bits of chance, and are visible ASCII", async () => {
  const count = 1_000_000;
  const ids = new Set<string>();
  const counts = new Uint32Array(22 * 128);
  for (let at = 0; at < count; at++) {
    const id = randomText(22);
    ids.add(id);
    for (let place = 0; place < 22; place++) counts[place * 128 + id.charCodeAt(place)]!++;
  }
  expect(ids.size).toBe(count);
  for (let place = 0; place < 22; place++) {
    const seen = [...counts.subarray(place * 128, place * 128 + 128)].filter((times) => times > 0);
    expect(seen).toHaveLength(64);
    // Each of 64 signs is as frequent as any other: eight standard deviations off is no chance.
    for (const times of seen) expect(Math.abs(times - count / 64)).toBeLessThan(8 * Math.sqrt(count / 64));
  }
  const session = await (await under.server.target()).session();
  expect(session).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect((await under.server.report()).told.join("\n")).not.toContain(session);
});
