import { describe, expect, it, vi } from "vitest";
import { type Call, onAbort, valueKey, Values } from "../../src/jsonrpc/index.ts";
import { TestCall } from "./doubles.ts";

const reason = new Error("enough");

describe("the signal of a call", () => {
  it("is made when somebody looks, and not before", () => {
    let made = 0;
    vi.stubGlobal(
      "AbortController",
      class extends AbortController {
        constructor() {
          super();
          made++;
        }
      },
    );
    const call = new TestCall();
    call.abort(reason);
    onAbort(call, () => {})();
    expect(made).toBe(0);
    expect(call.signal.aborted).toBe(true);
    expect(call.signal).toBe(call.signal);
    expect(made).toBe(1);
    vi.unstubAllGlobals();
  });

  it("aborts when it was looked at before", () => {
    const call = new TestCall();
    const heard: unknown[] = [];
    call.signal.addEventListener("abort", () => heard.push(call.signal.reason));
    expect([call.aborted, call.signal.aborted]).toEqual([false, false]);
    call.abort(reason);
    expect([call.aborted, call.signal.aborted]).toEqual([true, true]);
    expect(heard).toEqual([reason]);
  });

  it("is aborted when it is looked at afterwards", () => {
    const call = new TestCall();
    call.abort(reason);
    expect(call.signal.reason).toBe(reason);
  });

  it("aborts once: the first reason counts", () => {
    const call = new TestCall();
    const heard: unknown[] = [];
    onAbort(call, (reason) => heard.push(reason));
    call.abort(reason);
    call.abort(new Error("again"));
    expect(heard).toEqual([reason]);
    expect(call.signal.reason).toBe(reason);
  });

  it.each([undefined, null, 0, "", "text"])("keeps the reason %j for whoever listens", (reason) => {
    const heard: unknown[] = [];
    const call = new TestCall();
    onAbort(call, (reason) => heard.push(reason));
    call.abort(reason);
    expect(heard).toEqual([reason]);
  });
});

/** A call of somebody who knows the interface alone. */
function foreign(signal: AbortSignal): Call {
  return { signal, emit() {}, values: new Values() };
}

describe("onAbort", () => {
  it("tells at once of what is over already", () => {
    const heard: unknown[] = [];
    const call = new TestCall();
    call.abort(reason);
    onAbort(call, (reason) => heard.push(reason))();
    onAbort(foreign(AbortSignal.abort(reason)), (reason) => heard.push(reason))();
    expect(heard).toEqual([reason, reason]);
  });

  it("tells of what comes, once, until it is ended", () => {
    const heard: string[] = [];
    const controller = new AbortController();
    const calls = { own: new TestCall(), foreign: foreign(controller.signal) };
    for (const [name, call] of Object.entries(calls)) {
      onAbort(call, () => heard.push(`${name} ended`))();
      onAbort(call, () => heard.push(name));
    }
    calls.own.abort(reason);
    controller.abort(reason);
    expect(heard).toEqual(["own", "foreign"]);
  });

  it("may be ended after it was told, and twice", () => {
    const call = new TestCall();
    const end = onAbort(call, () => {});
    call.abort(reason);
    end();
    end();
    expect(call.aborted).toBe(true);
  });

  it("tells everybody who listens: middleware may ask two servers at once", () => {
    const heard: string[] = [];
    const call = new TestCall();
    onAbort(call, () => heard.push("one"));
    const end = onAbort(call, () => heard.push("two"));
    onAbort(call, () => heard.push("three"));
    end();
    call.abort(reason);
    expect(heard).toEqual(["one", "three"]);
  });
});

describe("values of a call", () => {
  it("are there for each key alone, and are the same at each look", () => {
    const [one, two] = [valueKey<number>("name"), valueKey<string>("name")];
    const call = new TestCall();
    expect(call.values.get(one)).toBeUndefined();
    call.values.set(one, 1);
    call.values.set(two, "x");
    expect([call.values.get(one), call.values.get(two)]).toEqual([1, "x"]);
    expect(new TestCall().values.get(one)).toBeUndefined();
    expect(Object.isFrozen(one)).toBe(true);
  });
});
