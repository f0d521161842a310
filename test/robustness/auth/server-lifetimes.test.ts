/** 5.2: tokens that change or end while something is open. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../../src/limits.ts";
import { type Claims, Issuer, seconds } from "../../auth-server/issuer.ts";
import { Conversation, initialize } from "../../http/conversation.ts";
import { Events } from "../../http/events.ts";
import { gate, json, POSTED, Reached, type Received, testServer, turn } from "../../http/reached.ts";

let issuer: Issuer;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  issuer = await Issuer.create();
});
afterEach(() => {
  vi.useRealTimers();
});

const SKEW = 30_000;
const server = () => testServer().tool("who", {}, (_, { auth }) => String(auth?.scopes));
const ending = (claims: Claims = {}) => issuer.bearer({ exp: seconds() + 60, ...claims });

function text({ result }: Received): string {
  return (result as { content: [{ text: string }] }).content[0].text;
}

/** Time passes, and what is due happens. */
async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await turn();
}

describe("SEC-46 a token that changes while its session goes on", () => {
  it("is the one of this request, and not of the one that opened the session", async () => {
    const reached = issuer.guard(server());
    const session = await Conversation.at(reached, { headers: await issuer.bearer({ scope: "read write" }) });
    expect(text(await json(session.call("who")))).toBe("read,write");
    const less = new Conversation(reached, { ...session.headers, ...(await issuer.bearer({ scope: "read" })) });
    expect(text(await json(less.call("who")))).toBe("read");
    expect(text(await json(session.call("who")))).toBe("read,write");
  });

  it("that has ended opens nothing more", async () => {
    const reached = issuer.guard(server());
    const session = await Conversation.at(reached, { headers: await ending() });
    expect((await session.call("who")).status).toBe(200);
    vi.setSystemTime(Date.now() + 60_000 + SKEW);
    expect((await session.call("who")).status).toBe(401);
    expect((await session.get()).status).toBe(401);
    const renewed = new Conversation(reached, { ...session.headers, ...(await ending()) });
    expect((await renewed.call("who")).status).toBe(200);
  });
});

describe("SEC-46 a token that changes while the stream of a client of 2024-11-05 is open", () => {
  it("is the one of this request, and not of the one that opened the stream", async () => {
    const scopes = ["read", "write"];
    const options = issuer.protection();
    const reached = new Reached(
      server().tool("write", { scopes: ["write"] }, () => "written"),
      { ...options, sse: true },
    );
    const headers = await issuer.bearer({ scope: scopes.join(" ") });
    const events = new Events(await reached.send("GET", { accept: "text/event-stream", ...headers }));
    const at = (await events.next())?.data ?? "";
    const post = async (message: object, scope: string) => {
      const all = { ...POSTED, ...(await issuer.bearer({ scope })) };
      const url = new URL(at, reached.url);
      const body = JSON.stringify({ jsonrpc: "2.0", ...message });
      return (await reached.handler(new Request(url, { method: "POST", headers: all, body }))).status;
    };
    const call = (id: number, name: string) => ({ id, method: "tools/call", params: { name, arguments: {} } });
    await post(initialize("2024-11-05"), "read write");
    await events.message();
    for (const scope of ["read", "read write", "read"]) {
      expect(await post(call(1, "who"), scope)).toBe(202);
      expect(text(await events.message())).toBe(scope.replace(" ", ","));
    }
    expect(await post(call(2, "write"), "read")).toBe(403);
    expect(await post(call(3, "write"), "read write")).toBe(202);
    expect(text(await events.message())).toBe("written");
  });
});

describe("SEC-46 a stream that is open when its token ends", () => {
  const streams: Record<string, (headers: Record<string, string>) => Promise<Events>> = {
    "of a session": async (headers) => (await Conversation.at(issuer.guard(server()), { headers })).stream(),
    "of a client of 2024-11-05": async (headers) => {
      const reached = new Reached(server(), { ...issuer.protection(), sse: true });
      const events = new Events(await reached.send("GET", { accept: "text/event-stream", ...headers }));
      await events.next();
      return events;
    },
    "of a subscription": async (headers) => {
      const notifications = { toolsListChanged: true };
      const reached = issuer.guard(server());
      const events = new Events(await reached.ask("subscriptions/listen", { notifications }, { headers }));
      await events.message();
      return events;
    },
  };

  it.each(Object.entries(streams))("%s closes within a minute, and not before", async (_, open) => {
    const events = await open(await ending());
    const rest = events.rest().then(
      () => "ended",
      () => "closed",
    );
    let outcome: string | undefined;
    void rest.then((it) => (outcome = it));
    await pass(60_000 + SKEW - 1000);
    expect(outcome).toBeUndefined();
    await pass(1000 + limits.keepAlive);
    expect(outcome).toBe("closed");
  });

  it.each(Object.entries(streams))("%s stays open with a token that does not end", async (_, open) => {
    const events = await open(await issuer.bearer({ exp: seconds() + 1_000_000 }));
    const rest = vi.fn<() => void>();
    void events.rest().then(rest, rest);
    await pass(600_000);
    expect(rest).not.toHaveBeenCalled();
  });

  it("a call that runs is answered", async () => {
    const [begun, done] = [gate(), gate<string>()];
    const slow = server().tool("slow", {}, () => {
      begun.open();
      return done.opened;
    });
    const asked = issuer.guard(slow).ask("tools/call", { name: "slow" }, { headers: await ending() });
    await begun.opened;
    await pass(60_000 + SKEW + 4 * limits.keepAlive);
    done.open("done");
    const events = new Events(await asked);
    expect(text(await events.message())).toBe("done");
  });
});
