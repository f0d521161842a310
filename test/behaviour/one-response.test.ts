import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InvalidParamsError, ProtocolError, ResourceNotFoundError, ToolError } from "../../src/errors.ts";
import { Malformed, type RequestId, type Response } from "../../src/jsonrpc/index.ts";
import { type Context, result } from "../../src/server/index.ts";
import { isModern } from "../../src/protocol/index.ts";
import { BINDINGS, BOTH_ERAS } from "./bindings.ts";
import type { RawClient } from "./by-hand.ts";
import { Joint } from "./joint.ts";

/** In milliseconds: how long handlers may take before the server itself answers, a second later. */
const TIMEOUT = 30;

const fault = (): never => {
  throw new Error("secret");
};

function cycle(): object {
  const value: Record<string, unknown> = { type: "text" };
  value["text"] = value;
  return value;
}

function deep(): object {
  let value: object = { type: "text", text: "x" };
  for (let at = 0; at < 20_000; at++) value = { type: "text", nested: value };
  return value;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** A text above the length from which results are kept as bytes, with characters of every width. */
const HUGE = 'aé漢😀\u0000"\\\n\u2028'.repeat(30_000);

/** What a handler may give or throw, each made anew. */
const VALUES: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  undefined: () => undefined,
  "a text": () => "x",
  "an empty text": () => "",
  "a huge text": () => HUGE,
  "half a character": () => "\ud800",
  "a number": () => Number.NaN,
  "a bigint": () => 5n,
  "a symbol": () => Symbol("s"),
  "a function": () => fault,
  "a date": () => new Date(Number.NaN),
  "an error": () => new Error("secret"),
  "an error with a code": () => Object.assign(new Error("secret"), { code: -32000 }),
  "a tool error": () => new ToolError("said"),
  "a tool error without words": () => new ToolError(undefined as never),
  "a tool error with a bigint": () => new ToolError(5n as never),
  "a protocol error": () => new InvalidParamsError("said", { a: 1 }),
  "a resource that is gone": () => new ResourceNotFoundError("gone"),
  "a protocol error with a cycle": () => new ProtocolError(1, "said", cycle()),
  "a protocol error with a bigint": () => new ProtocolError(1, "said", 5n),
  "a protocol error without a code": () => new ProtocolError(undefined as never, "said"),
  "a protocol error with half a code": () => new ProtocolError(1.5, "said"),
  "a protocol error with no number as code": () => new ProtocolError(Number.NaN, "said"),
  "a protocol error without words": () => new ProtocolError(1, undefined as never),
  "a protocol error with a symbol as words": () => new ProtocolError(1, Object("x") as never),
  "a block": () => ({ type: "text", text: "x" }),
  "a block with a cycle": cycle,
  "a block with a bigint": () => ({ type: "text", text: 5n }),
  "a block with a throwing getter": () => ({
    type: "text",
    get text() {
      return fault();
    },
  }),
  "a block whose toJSON throws": () => ({ type: "text", text: "x", toJSON: fault }),
  "a block whose toJSON gives nothing": () => ({ type: "text", text: "x", toJSON: () => undefined }),
  "a block of endless depth": deep,
  "blocks that are none": () => [null, undefined, 5, "x", []],
  "a block with null for a prototype": () => Object.assign(Object.create(null), { type: "text", text: "x" }),
  "a result": () => result({ content: "x", isError: true }),
  "a result with a cycle": () => result({ content: [], _meta: cycle() as never }),
  "a result with a bigint": () => result({ content: [], structuredContent: 5n }),
  "a whole result": () => ({ content: [], contents: [], messages: [] }),
  "something that only looks like a promise": () => ({ then: "x" }),
  "a promise that throws when it is asked": () => ({
    get then() {
      return fault();
    },
  }),
  "a promise that settles twice": () => ({
    // biome-ignore lint/suspicious/noThenProperty: it is what handlers may give.
    then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
      resolve("one");
      reject(new Error("two"));
      resolve("three");
    },
  }),
  "an object that cannot be looked at": revoked,
};

/** How a handler gives or throws a value. */
const WAYS: Readonly<Record<string, (make: () => unknown, context: Context) => unknown>> = {
  gives: (make) => make(),
  throws: (make) => {
    throw make();
  },
  "gives later": async (make) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return make();
  },
  "throws later": async (make) => {
    await Promise.resolve();
    throw make();
  },
  "gives when it is stopped": (make, { signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(make()))),
  "throws when it is stopped": (make, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(make()))),
  never: () => new Promise(() => {}),
  "gives after progress": async (make, context) => {
    await context.progress(1, 2, HUGE.slice(0, 10));
    await context.log("error", "x");
    return make();
  },
  "asks first": async (make, context) => {
    await context.confirm("?");
    return make();
  },
  "asks and does not wait": (make, context) => {
    void context.confirm("?").catch(() => {});
    return make();
  },
  "leaves undo steps that fail": (make, context) => {
    context.defer(() => fault());
    context.defer(() => Promise.reject(make()));
    throw make();
  },
};

/** The ways that end by themselves never. */
const ENDLESS: ReadonlySet<string> = new Set(["never", "gives when it is stopped", "throws when it is stopped"]);

const SUBJECTS = ["tools/call", "resources/read", "resources/list", "prompts/get", "completion/complete"] as const;

interface Scene {
  readonly subject: (typeof SUBJECTS)[number];
  readonly way: string;
  readonly value: string;
  /** When the client takes the request back. */
  readonly cancel: "no" | "at once" | "soon";
  /** What kind of id it has. */
  readonly id: "number" | "text";
}

const scene: fc.Arbitrary<Scene> = fc.record({
  subject: fc.constantFrom(...SUBJECTS),
  way: fc.constantFrom(...Object.keys(WAYS)),
  value: fc.constantFrom(...Object.keys(VALUES)),
  cancel: fc.oneof(
    { weight: 6, arbitrary: fc.constant("no" as const) },
    fc.constant("at once" as const),
    fc.constant("soon" as const),
  ),
  id: fc.constantFrom("number", "text"),
});

/** A server whose every handler does what the request's scene says, and a client by hand. */
async function stage(joint: Joint): Promise<{ raw: RawClient; scenes: Map<string, Scene> }> {
  const scenes = new Map<string, Scene>();
  const act = (name: string, context: Context): never => {
    const { way, value } = scenes.get(name) as Scene;
    return WAYS[way]?.(VALUES[value] as () => unknown, context) as never;
  };
  const server = joint
    .server({ timeout: TIMEOUT })
    .tool("act", { input: { type: "object" } }, (input, context) => act((input as { scene: string }).scene, context))
    .prompt("act", { input: { type: "object", properties: { scene: { type: "string" } } } }, (input, context) =>
      act((input as { scene: string }).scene, context),
    )
    .resource("act://{scene}", ({ scene: name }, context) => act(name, context), {
      list: (_cursor, context) => act(context.meta["scene"] as string, context as Context),
      complete: { scene: (name, context) => act(name, context as Context) },
    });
  const raw = await joint.raw(server, { elicitation: {} });
  // What a handler leaves out of a whole result of its own is not for the wire to know.
  joint.tap.forgive(() => true);
  raw.on("elicitation/create", (request) =>
    `${request.id}`.endsWith("3") ? { action: "decline" } : { action: "accept", content: {} },
  );
  // What is loaded with the first request of its kind is there before clocks are turned.
  scenes.set("first", { subject: "tools/call", way: "asks first", value: "a text", cancel: "no", id: "text" });
  for (const subject of SUBJECTS) await raw.request(subject, params({ subject }, "first"));
  return { raw, scenes };
}

function params({ subject }: Pick<Scene, "subject">, name: string): Record<string, unknown> {
  const _meta = { progressToken: name, scene: name };
  switch (subject) {
    case "tools/call":
      return { _meta, name: "act", arguments: { scene: name } };
    case "prompts/get":
      return { _meta, name: "act", arguments: { scene: name } };
    case "resources/read":
      return { _meta, uri: `act://${name}` };
    case "completion/complete":
      return { _meta, ref: { type: "ref/resource", uri: "act://{scene}" }, argument: { name: "scene", value: name } };
    case "resources/list":
      return { _meta };
  }
}

/** Plays the scenes all at once, and gives the messages that answered each. */
async function play(raw: RawClient, known: Map<string, Scene>, scenes: readonly Scene[], round: number) {
  const ids = scenes.map((one, at): RequestId => (one.id === "number" ? round * 1000 + at : `${round}-${at}`));
  for (const [at, one] of scenes.entries()) {
    const name = `s${round}-${at}`;
    known.set(name, one);
    raw.send(raw.compose(one.subject, params(one, name), ids[at]));
    if (one.cancel === "at once") raw.notify("notifications/cancelled", { requestId: ids[at] });
  }
  await raw.settle();
  for (const [at, one] of scenes.entries()) {
    if (one.cancel === "soon") raw.notify("notifications/cancelled", { requestId: ids[at] });
  }
  for (const milliseconds of [5, TIMEOUT, 1000]) {
    await raw.settle();
    await vi.advanceTimersByTimeAsync(milliseconds);
  }
  const isMissing = (): boolean =>
    scenes.some(({ cancel }, at) => cancel === "no" && raw.responses(ids[at] as RequestId).length === 0);
  for (let at = 0; at < 20 && isMissing(); at++) await raw.settle();
  await raw.settle();
  return ids.map((id) => raw.responses(id));
}

/** What was not answered once, or not as it should be. */
function faults(scenes: readonly Scene[], answers: readonly (readonly Response[])[]): string[] {
  return scenes.flatMap(({ subject, way, value, cancel }, at) => {
    const got = answers[at] ?? [];
    const what = `${subject}: ${way} ${value}, cancelled: ${cancel}`;
    const few = got.length === 0 && cancel === "no";
    // These end only when they are stopped: then the cancellation has come, and nothing may follow it.
    const late = got.length > 0 && cancel !== "no" && ENDLESS.has(way);
    const codes = got.every(({ error }) => error === undefined || Number.isSafeInteger(error.code));
    const leak = got.some(({ error }) => JSON.stringify(error ?? null).includes("secret"));
    return [
      ...(few ? [`${what}: no response`] : []),
      ...(late ? [`${what}: a response after the cancellation`] : []),
      ...(got.length > 1 ? [`${what}: ${got.length} responses`] : []),
      ...(codes ? [] : [`${what}: a code that is none`]),
      ...(leak ? [`${what}: a leak`] : []),
    ];
  });
}

/** Times that a property is tried on each binding, in each era. */
const RUNS = 25;

describe("JRPC-2: every request gets exactly one response, whatever its handler does", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  for (const revision of BOTH_ERAS) {
    for (const binding of BINDINGS) {
      // Who cannot say which request it means cannot cancel it.
      if (binding.carries?.(revision) === false || (!binding.remembers && !isModern(revision))) continue;
      it(`or none after its cancellation [${revision}, ${binding.name}]`, async () => {
        const joint = new Joint(binding, revision);
        const { raw, scenes } = await stage(joint);
        let round = 0;
        const property = fc.asyncProperty(fc.array(scene, { minLength: 20, maxLength: 60 }), async (played) => {
          const answers = await play(raw, scenes, played, ++round);
          expect(faults(played, answers)).toEqual([]);
          expect(raw.received.filter((message) => message instanceof Malformed)).toEqual([]);
        });
        await fc.assert(property, { seed: 20_260_728, numRuns: RUNS, endOnFailure: true });
        vi.useRealTimers();
        await joint.close();
      }, 20_000);
    }
  }

  it("and so does every scene there is, one by one", async () => {
    for (const revision of BOTH_ERAS) {
      const joint = new Joint(BINDINGS[0] as (typeof BINDINGS)[number], revision);
      const { raw, scenes } = await stage(joint);
      const every: Scene[] = [];
      for (const subject of SUBJECTS) {
        for (const value of Object.keys(VALUES)) {
          for (const way of ["gives", "throws later"]) every.push({ subject, way, value, cancel: "no", id: "text" });
        }
      }
      for (let at = 0; at < every.length; at += 100) {
        const answers = await play(raw, scenes, every.slice(at, at + 100), at + 1);
        expect(faults(every.slice(at, at + 100), answers)).toEqual([]);
      }
      await joint.close();
    }
  }, 20_000);
});
