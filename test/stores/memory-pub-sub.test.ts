import { describe, expect, it } from "vitest";
import { memoryPubSub } from "../../src/stores/index.ts";

/** A topic that is heard, and what came. */
async function hearing(pubsub: ReturnType<typeof memoryPubSub>, owner: string, topic: string) {
  const heard: string[] = [];
  const end = await pubsub.subscribe(owner, topic, (text) => heard.push(text));
  return { heard, end };
}

describe("memoryPubSub", () => {
  it("gives each text to all that listen at that moment, in order", async () => {
    const pubsub = memoryPubSub();
    await pubsub.publish("", "t", "nobody");
    const one = await hearing(pubsub, "", "t");
    await pubsub.publish("", "t", "a");
    const two = await hearing(pubsub, "", "t");
    await pubsub.publish("", "t", "b");
    await one.end();
    await pubsub.publish("", "t", "c");
    expect([one.heard, two.heard]).toEqual([
      ["a", "b"],
      ["b", "c"],
    ]);
  });

  it("keeps owners and topics apart", async () => {
    const pubsub = memoryPubSub();
    const heard = await Promise.all(
      [
        ["a", "bc"],
        ["ab", "c"],
        ["", "abc"],
      ].map(([owner = "", topic = ""]) => hearing(pubsub, owner, topic)),
    );
    await pubsub.publish("ab", "c", "x");
    expect(heard.map((one) => one.heard)).toEqual([[], ["x"], []]);
  });

  it("one function may listen twice, and stop once; to stop again does nothing", async () => {
    const pubsub = memoryPubSub();
    const heard: string[] = [];
    const listener = (text: string): void => void heard.push(text);
    const end = await pubsub.subscribe("", "t", listener);
    await pubsub.subscribe("", "t", listener);
    await pubsub.publish("", "t", "a");
    await end();
    await end();
    await pubsub.publish("", "t", "b");
    expect(heard).toEqual(["a", "a", "b"]);
  });

  it("who comes or goes while a text is given does not change who gets it", async () => {
    const pubsub = memoryPubSub();
    const heard: string[] = [];
    const ends: (() => unknown)[] = [];
    for (const name of ["one", "two"]) {
      ends.push(
        await pubsub.subscribe("", "t", (text) => {
          heard.push(`${name} ${text}`);
          for (const end of ends.splice(0)) void end();
          void pubsub.subscribe("", "t", (late) => heard.push(`late ${late}`));
        }),
      );
    }
    await pubsub.publish("", "t", "a");
    expect(heard).toEqual(["one a", "two a"]);
    await pubsub.publish("", "t", "b");
    expect(heard.slice(2)).toEqual(["late b", "late b"]);
  });
});
