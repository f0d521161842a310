import { describe, expect } from "vitest";
import { z } from "zod";
import { REVISIONS } from "../../src/protocol/index.ts";
import { everywhere, inMemory, since } from "./bindings.ts";

const prompt = (name: string) => ({ type: "ref/prompt", name }) as const;
const resource = (uri: string) => ({ type: "ref/resource", uri }) as const;

describe("CMP-1: completion", () => {
  everywhere("suggests values for arguments of prompts and variables of templates", {}, async (joint) => {
    const cities = ["Oslo", "Odense", "Paris"];
    const starting = (value: string): string[] => cities.filter((city) => city.startsWith(value));
    const server = joint
      .server()
      .prompt("trip", { input: z.object({ city: z.string() }), complete: { city: starting } }, ({ city }) => city)
      .resource("city://{city}", ({ city }) => city, { complete: { city: async (value) => starting(value) } });
    const client = await joint.connect(server);
    for (const ref of [prompt("trip"), resource("city://{city}"), resource("city://Oslo")]) {
      const completion = await client.complete({ ref, argument: { name: "city", value: "O" } });
      expect(completion).toEqual({ values: ["Oslo", "Odense"], total: 2, hasMore: false });
    }
  });

  everywhere("hands on what was filled in before", { revisions: since("2025-06-18") }, async (joint) => {
    const server = joint.server().resource("{+owner}://x/{repo}", () => "x", {
      complete: { repo: (_value, _context, others) => [others["owner"] ?? "nobody", JSON.stringify(others)] },
    });
    const client = await joint.connect(server);
    const ref = resource("{+owner}://x/{repo}");
    const argument = { name: "repo", value: "" };
    const { values } = await client.complete({ ref, argument, context: { arguments: { owner: "ann" } } });
    expect(values).toEqual(["ann", '{"owner":"ann"}']);
    expect((await client.complete({ ref, argument })).values).toEqual(["nobody", "{}"]);
  });

  everywhere("gives at most 100 values, and says that there are more", {}, async (joint) => {
    const values = Array.from({ length: 150 }, (_, at) => `${at}`);
    const complete = {
      many: () => values,
      exact: () => values.slice(0, 100),
      counted: () => ({ values: values.slice(0, 3), total: 9000, hasMore: true }),
      none: () => [],
    };
    const strings = z.object({ many: z.string(), exact: z.string(), counted: z.string(), none: z.string() });
    const client = await joint.connect(joint.server().prompt("p", { input: strings, complete }, () => "x"));
    const ask = (name: string) => client.complete({ ref: prompt("p"), argument: { name, value: "" } });
    expect(await ask("many")).toEqual({ values: values.slice(0, 100), total: 150, hasMore: true });
    expect(await ask("exact")).toEqual({ values: values.slice(0, 100), total: 100, hasMore: false });
    expect(await ask("counted")).toEqual({ values: ["0", "1", "2"], total: 9000, hasMore: true });
    expect(await ask("none")).toEqual({ values: [], total: 0, hasMore: false });
  });

  inMemory("of a reference that is none is -32602", REVISIONS, async (joint) => {
    const server = joint
      .server()
      .prompt("p", { input: z.object({ a: z.string() }) }, () => "x")
      .resource("a:b", () => "x")
      .resource("n://{id}", () => "x");
    const raw = await joint.raw(server);
    const argument = { name: "a", value: "" };
    for (const ref of [prompt("q"), prompt("constructor"), resource("m://{id}"), resource("m://1")]) {
      expect((await raw.refused("completion/complete", { ref, argument })).code).toBe(-32602);
    }
    const bad: Record<string, unknown>[] = [
      { argument },
      { ref: { type: "ref/other" }, argument },
      { ref: prompt("p") },
      { ref: prompt("p"), argument: { name: "a", value: 5 } },
      { ref: { type: "ref/prompt" }, argument },
    ];
    for (const params of bad)
      expect((await raw.refused("completion/complete", params, { bad: true })).code).toBe(-32602);
    for (const ref of [prompt("p"), resource("a:b"), resource("n://{id}")]) {
      const { result } = await raw.request("completion/complete", {
        ref,
        argument: { name: "constructor", value: "" },
      });
      expect(result).toMatchObject({ completion: { values: [] } });
    }
  });

  inMemory("of a server with nothing to complete is -32601", REVISIONS, async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
    const params = { ref: prompt("p"), argument: { name: "a", value: "" } };
    expect((await raw.refused("completion/complete", params)).code).toBe(-32601);
  });

  inMemory("values that are none do not reach the wire", REVISIONS, async (joint) => {
    const complete = { numbers: () => [1, 2] as never, nothing: () => undefined as never, text: () => "abc" as never };
    const input = z.object({ numbers: z.string(), nothing: z.string(), text: z.string() });
    const client = await joint.connect(joint.server().prompt("p", { input, complete }, () => "x"));
    for (const name of ["numbers", "nothing", "text"]) {
      const outcome = await client
        .complete({ ref: prompt("p"), argument: { name, value: "" } })
        .catch((error) => error);
      expect([name, outcome]).toEqual([name, expect.objectContaining({ code: -32603 })]);
    }
  });
});
