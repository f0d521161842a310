import { describe, expect, it } from "vitest";
import { isWithin } from "../../src/protocol/methods/index.ts";

describe("SUB-6: a part of a watched resource", () => {
  it.each([
    ["file:///a", "file:///a"],
    ["file:///a/b", "file:///a"],
    ["file:///a/b/c", "file:///a"],
    ["file:///a/b", "file:///a/"],
    ["file:///a", "file:///"],
    ["note://list/1", "note://list"],
    ["urn:x/1", "urn:x"],
    ["note://", "note://"],
  ])("%s is one of %s", (uri, watched) => expect(isWithin(uri, watched)).toBe(true));

  it.each([
    ["file:///ab", "file:///a"],
    ["file:///a", "file:///a/"],
    ["file:///a", "file:///a/b"],
    ["file:///a?b=/", "file:///a"],
    ["file:///A/b", "file:///a"],
    ["https://a/b", "https://"],
    ["https://a/b", "https:/"],
    ["https://a/b", "https:"],
    ["/a", ""],
  ])("%s is none of %s", (uri, watched) => expect(isWithin(uri, watched)).toBe(false));

  it("a long URI from a client is looked at once", () => {
    const watched = `${":".repeat(50_000)}/`;
    const since = performance.now();
    for (let at = 0; at < 100; at++) isWithin(`${watched}x`, watched);
    expect(performance.now() - since).toBeLessThan(1000);
  });
});
