import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { HttpFacts, Params } from "../../src/jsonrpc/index.ts";
import { limits } from "../../src/limits.ts";
import type { InputRequiredResult } from "../../src/protocol/index.ts";
import { type Context, Server, serve, type ServerOptions } from "../../src/server/index.ts";
import { boundTo, Seal } from "../../src/server/seal.ts";
import { channelPair } from "./channel-pair.ts";
import { inMemory, MODERN } from "./bindings.ts";
import { RawClient } from "./by-hand.ts";
import type { Joint } from "./joint.ts";
import { accepting, asks, EVERYTHING, retry, textOf } from "./rounds.ts";
import { Tap } from "./tap.ts";

const KEYS = ["a key of at least thirty-two characters", "another key, just as long as the first one"] as const;
/** What a state is bound to, for a request of a principal. */
const bound = (id: string | undefined, method: string, params: Params): string =>
  boundTo({
    request: { jsonrpc: "2.0", id: 1, method, params },
    binding: id === undefined ? {} : { principal: { id } },
  });

const BOUND = bound("ann", "tools/call", { name: "ask", arguments: { a: 1 } });
const seal = (keys: readonly string[] = [KEYS[0]]): Seal => new Seal({ keys, warn: () => {} });

const toBytes = (text: string): Buffer => Buffer.from(text, "base64url");
const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

afterEach(() => void vi.useRealTimers());

describe("MRTR-3: sealed state", () => {
  it("is given back as it was, by every key that is known", async () => {
    const value = { answers: { a: { action: "accept" } }, text: "å 漢 😀" };
    const text = await seal().seal(value, BOUND, {});
    expect(await seal().open(text, BOUND)).toEqual(value);
    expect(await seal([KEYS[1], KEYS[0]]).open(text, BOUND)).toEqual(value);
    expect(text).toMatch(/^[\w-]+$/);
    expect(text).not.toBe(await seal().seal(value, BOUND, {}));
  });

  it("is refused with any bit changed", async () => {
    const text = await seal().seal({ a: 1 }, BOUND, {});
    const opener = seal();
    const length = toBytes(text).length;
    for (let bit = 0; bit < length * 8; bit++) {
      const bytes = toBytes(text);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      await expect(opener.open(toText(bytes), BOUND)).rejects.toMatchObject({ code: -32602 });
    }
    for (let bit = 0; bit < text.length * 7; bit++) {
      const at = Math.floor(bit / 7);
      const other = String.fromCharCode(text.charCodeAt(at) ^ (1 << (bit % 7)));
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      await expect(opener.open(changed, BOUND)).rejects.toMatchObject({ code: -32602 });
    }
  });

  it("is refused after 10,000 random changes", { timeout: 60_000 }, async () => {
    const text = await seal().seal({ a: 1, b: "x".repeat(100) }, BOUND, {});
    const opener = seal();
    const changed = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }).map(toText),
      fc.tuple(fc.nat(text.length), fc.nat(text.length)).map(([from, to]) => text.slice(0, from) + text.slice(to)),
      fc
        .tuple(fc.nat(text.length), fc.string({ minLength: 1 }))
        .map(([at, more]) => text.slice(0, at) + more + text.slice(at)),
      fc
        .tuple(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }))
        .map(([at, one]) => text.slice(0, at) + one + text.slice(at + 1)),
    );
    await fc.assert(
      fc.asyncProperty(changed, async (other) => {
        fc.pre(other !== text);
        await expect(opener.open(other, BOUND)).rejects.toMatchObject({ code: -32602 });
      }),
      { numRuns: 10_000, seed: 20_260_728, endOnFailure: true },
    );
  });

  it.each([
    ["another principal", bound("bob", "tools/call", { name: "ask", arguments: { a: 1 } })],
    ["no principal", bound(undefined, "tools/call", { name: "ask", arguments: { a: 1 } })],
    ["another method", bound("ann", "prompts/get", { name: "ask", arguments: { a: 1 } })],
    ["another tool", bound("ann", "tools/call", { name: "other", arguments: { a: 1 } })],
    ["other arguments", bound("ann", "tools/call", { name: "ask", arguments: { a: 2 } })],
    ["more arguments", bound("ann", "tools/call", { name: "ask", arguments: { a: 1, b: 1 } })],
  ])("is refused for %s", async (_, bound) => {
    const text = await seal().seal({}, BOUND, {});
    await expect(seal().open(text, bound)).rejects.toMatchObject({ code: -32602 });
  });

  it("T-33: is the same request with other _meta, and with members in another order", () => {
    const arguments_ = { b: { d: 1, c: 2 }, a: 1 };
    const one = bound("ann", "tools/call", { name: "ask", arguments: arguments_, _meta: { traceparent: "x" } });
    const other = { requestState: "x", inputResponses: {}, arguments: { a: 1, b: { c: 2, d: 1 } }, name: "ask" };
    expect(bound("ann", "tools/call", other)).toBe(one);
  });

  it("is refused when it is too old, by a foreign key, and when it is no text", async () => {
    vi.useFakeTimers({ now: 0 });
    const text = await seal().seal({}, BOUND, {});
    vi.setSystemTime(limits.stateTime - 1);
    expect(await seal().open(text, BOUND)).toEqual({});
    vi.setSystemTime(limits.stateTime);
    await expect(seal().open(text, BOUND)).rejects.toMatchObject({ code: -32602 });
    vi.setSystemTime(0);
    await expect(seal([KEYS[1]]).open(text, BOUND)).rejects.toMatchObject({ code: -32602 });
    for (const wrong of [undefined, null, 5, {}, "", "A", "AAAA", "x".repeat(10_000_000)]) {
      await expect(seal().open(wrong, BOUND)).rejects.toMatchObject({ code: -32602 });
    }
  });

  it("is not made above its limit", async () => {
    await expect(seal().seal("x".repeat(limits.stateBytes), BOUND, {})).rejects.toMatchObject({
      name: "DefinitionError",
    });
  });
});

const form = z.object({ v: z.number() });

function asking(joint: Joint, options: ServerOptions = {}): Server {
  const handler = async (_: unknown, context: Context): Promise<string> => ask(context);
  return joint
    .server(options)
    .tool("ask", { input: { type: "object" } }, handler)
    .tool("other", { input: { type: "object" } }, handler);
}

async function ask(context: Context): Promise<string> {
  return `${(await context.require("a", form)).v}`;
}

/** A raw client of a server, as which nobody or somebody asks. */
function client(joint: Joint, server: Server, id?: string): RawClient {
  const { client: here, server: there } = channelPair();
  const tap = new Tap(joint.revision);
  const serving = serve(server, there, id === undefined ? {} : { binding: { principal: { id } } });
  joint.closing(() => serving.close());
  return new RawClient(tap.on(here, "client"), tap, joint.revision, EVERYTHING);
}

describe("MRTR-3: requestState, on the wire", () => {
  const call = { name: "ask", arguments: { a: 1 } };
  const goOn = (first: InputRequiredResult, changes: Params = {}): Params => ({
    ...call,
    ...retry(first, accepting),
    ...changes,
  });

  inMemory("is taken from whom it was given to, for what it was given for", MODERN, async (joint) => {
    const server = asking(joint, { stateKeys: [KEYS[0]] });
    const ann = client(joint, server, "ann");
    const first = asks(await ann.request("tools/call", call));
    const refused: [RawClient, Params][] = [
      [client(joint, server, "bob"), goOn(first)],
      [client(joint, server), goOn(first)],
      [ann, goOn(first, { name: "other" })],
      [ann, goOn(first, { arguments: { a: 2 } })],
      [ann, goOn(first, { requestState: `${first.requestState}A` })],
      [ann, goOn(first, { requestState: "" })],
      [client(joint, asking(joint, { stateKeys: [KEYS[1]] }), "ann"), goOn(first)],
      [client(joint, asking(joint), "ann"), goOn(first)],
    ];
    for (const [raw, params] of refused)
      expect(await raw.refused("tools/call", params)).toMatchObject({ code: -32602 });
    const elsewhere = client(joint, asking(joint, { stateKeys: [KEYS[1], KEYS[0]] }), "ann");
    expect(textOf(await elsewhere.request("tools/call", goOn(first)))).toBe("1");
    expect(textOf(await ann.request("tools/call", goOn(first, { _meta: { progressToken: 5 } })))).toBe("1");
  });

  inMemory("says nothing to who has it", MODERN, async (joint) => {
    const server = joint.server().tool("ask", {}, async (_, context) => {
      await context.once("secret", () => "hunter2");
      return `${(await context.require("a", form)).v}`;
    });
    const raw = await joint.raw(server, EVERYTHING);
    const { requestState = "" } = asks(await raw.request("tools/call", { name: "ask" }));
    expect(toBytes(requestState).toString("latin1")).not.toContain("hunter2");
  });
});

describe("stateKeys", () => {
  it.each([[[]], [["short"]], [[new Uint8Array(31)]], ["x".repeat(40)], [[5]]])("refuses %j", (stateKeys) => {
    expect(() => new Server({ name: "a", version: "1" }, { stateKeys: stateKeys as never })).toThrow(/stateKeys/);
  });

  it("are missed where several processes may serve, and demanded where the network can reach the server", async () => {
    const warned: string[] = [];
    const own = new Seal({ keys: undefined, warn: (text: string) => warned.push(text) });
    const http: HttpFacts = { method: "POST", target: "/mcp", header: () => undefined };
    await own.seal({}, BOUND, {});
    expect(warned).toEqual([]);
    await own.seal({}, BOUND, { http });
    expect(warned).toEqual([expect.stringContaining("stateKeys")]);
    await expect(own.seal({}, BOUND, { http, replicas: true })).rejects.toMatchObject({ name: "DefinitionError" });
  });
});
