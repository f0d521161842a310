/** 5.2: tokens that change or end while something is open. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../../src/limits.ts";
import { type Claims, Issuer, seconds } from "../../auth-server/issuer.ts";
import { Conversation } from "../../http/conversation.ts";
import { Events } from "../../http/events.ts";
import { json, type Received, testServer, turn } from "../../http/reached.ts";

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

describe("SEC-46 a stream that is open when its token ends", () => {
  const streams: Record<string, (headers: Record<string, string>) => Promise<Events>> = {
    "of a session": async (headers) => (await Conversation.at(issuer.guard(server()), { headers })).stream(),
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
    let answer!: () => void;
    const slow = server().tool("slow", {}, () => new Promise<string>((resolve) => (answer = () => resolve("done"))));
    const asked = issuer.guard(slow).ask("tools/call", { name: "slow" }, { headers: await ending() });
    await turn();
    await pass(60_000 + SKEW + 4 * limits.keepAlive);
    answer();
    const events = new Events(await asked);
    expect(text(await events.message())).toBe("done");
  });
});
