import { describe, expect } from "vitest";
import { ResourceNotFoundError } from "../../src/errors.ts";
import { isModern, REVISIONS } from "../../src/protocol/index.ts";
import { everywhere, inMemory, MODERN } from "./bindings.ts";
import { all } from "./collect.ts";

describe("RES-1: reading", () => {
  everywhere("text, bytes, and several contents", {}, async (joint) => {
    const server = joint
      .server()
      .resource("a:text", () => "hello", { mimeType: "text/plain" })
      .resource("a:bytes", async () => new Uint8Array([0, 255, 1]), { mimeType: "application/x" })
      .resource("a:part", () => ({ text: "x", mimeType: "text/csv" }))
      .resource("a:several", () => [
        { uri: "a:1", text: "1" },
        { uri: "b:2", blob: "AA==" },
      ])
      .resource("a:whole", () => ({ contents: [{ uri: "c:3", text: "" }] }));
    const client = await joint.connect(server);
    const read = async (uri: string): Promise<unknown> => (await client.readResource(uri)).contents;
    expect(await read("a:text")).toEqual([{ uri: "a:text", mimeType: "text/plain", text: "hello" }]);
    expect(await read("a:bytes")).toEqual([{ uri: "a:bytes", mimeType: "application/x", blob: "AP8B" }]);
    expect(await read("a:part")).toEqual([{ uri: "a:part", mimeType: "text/csv", text: "x" }]);
    expect(await read("a:several")).toEqual([
      { uri: "a:1", text: "1" },
      { uri: "b:2", blob: "AA==" },
    ]);
    expect(await read("a:whole")).toEqual([{ uri: "c:3", text: "" }]);
  });

  everywhere("T-8: what does not exist is -32602 now and -32002 before, with the URI", {}, async (joint) => {
    const server = joint
      .server()
      .resource("a:b", () => "x")
      .resource("gone://{id}", () => undefined);
    const code = isModern(joint.revision) ? -32602 : -32002;
    const raw = await joint.raw(server);
    for (const uri of ["a:c", "gone://1", "gone://", "A:B", "", "constructor:x"]) {
      expect(await raw.refused("resources/read", { uri }, { bad: !uri.includes(":") })).toMatchObject({
        code,
        data: { uri },
      });
    }
    const client = await joint.connect(server);
    const failure = await client.readResource("a:c").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ResourceNotFoundError);
    expect(failure).toMatchObject({ data: { uri: "a:c" } });
  });

  inMemory("a handler can say so itself, in every revision", REVISIONS, async (joint) => {
    const server = joint.server().resource("a:b", () => {
      throw new ResourceNotFoundError();
    });
    const client = await joint.connect(server);
    await expect(client.readResource("a:b")).rejects.toBeInstanceOf(ResourceNotFoundError);
    const raw = await joint.raw(server);
    const code = isModern(joint.revision) ? -32602 : -32002;
    expect(await raw.refused("resources/read", { uri: "a:b" })).toMatchObject({ code, data: { uri: "a:b" } });
  });

  inMemory("T-8: a stateless server's answer of the older kind is understood", MODERN, async (joint) => {
    const { client, server } = await joint.connectTo({
      "resources/read": () => ({ error: { code: -32002, message: "gone", data: { uri: "a:b" } } }),
    });
    server.tap.excuse("-32002", (message) => "error" in message);
    await expect(client.readResource("a:b")).rejects.toBeInstanceOf(ResourceNotFoundError);
  });

  inMemory("wrong parameters are not taken for a resource that is gone", MODERN, async (joint) => {
    const { client } = await joint.connectTo({
      "resources/read": () => ({ error: { code: -32602, message: "wrong", data: { other: 1 } } }),
    });
    const failure = await client.readResource("a:b").catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "InvalidParamsError" });
  });

  inMemory("parameters that are none are -32602", REVISIONS, async (joint) => {
    const raw = await joint.raw(joint.server().resource("a:b", () => "x"));
    for (const params of [{}, { uri: 5 }, { uri: null }, { uri: ["a:b"] }]) {
      expect((await raw.refused("resources/read", params, { bad: true })).code).toBe(-32602);
    }
    const long = `a:${"x".repeat(5000)}`;
    expect((await raw.refused("resources/read", { uri: long })).code).toBe(-32602);
  });
});

describe("RES-2: templates", () => {
  everywhere("give their variables to the handler", {}, async (joint) => {
    const server = joint
      .server()
      .resource("note://{owner}/{id}", ({ owner, id }) => `${owner}: ${id}`, { description: "A note" })
      .resource("file:///{+path}", ({ path }) => `file ${path}`);
    const client = await joint.connect(server);
    const read = async (uri: string): Promise<unknown> => (await client.readResource(uri)).contents;
    expect(await read("note://ann/7")).toEqual([{ uri: "note://ann/7", text: "ann: 7" }]);
    expect(await read("note://ann/a%20b")).toEqual([{ uri: "note://ann/a%20b", text: "ann: a b" }]);
    expect(await read("file:///a/b.txt")).toEqual([{ uri: "file:///a/b.txt", text: "file a/b.txt" }]);
    await expect(read("note://ann/7/8")).rejects.toBeInstanceOf(ResourceNotFoundError);
    const templates = await all(client.resourceTemplates());
    expect(templates.map(({ uriTemplate }) => uriTemplate)).toEqual(["note://{owner}/{id}", "file:///{+path}"]);
    expect(templates[0]).toMatchObject({ name: "note://{owner}/{id}", description: "A note" });
  });

  everywhere("refuse to lead out of their folder", {}, async (joint) => {
    let reached: string | undefined;
    const server = joint.server().resource("file:///{+path}", ({ path }) => {
      reached = path;
      return "x";
    });
    const client = await joint.connect(server);
    for (const path of ["../a", "a/../../b", "%2e%2e/a", "a/%2E%2E/b", "..%2fa", "/etc/passwd", "..%5ca", "a%00b"]) {
      const failure = await client.readResource(`file:///${path}`).catch((error: unknown) => error);
      expect([path, reached]).toEqual([path, undefined]);
      expect(failure).toBeInstanceOf(ResourceNotFoundError);
    }
    await client.readResource("file:///a/b..c");
    expect(reached).toBe("a/b..c");
  });

  inMemory(
    "a fixed resource goes before a template, and a template that has none before the next",
    REVISIONS,
    async (joint) => {
      const server = joint
        .server()
        .resource("n://{id}", ({ id }) => (id === "1" ? "one" : undefined))
        .resource("n://{other}", ({ other }) => `other ${other}`)
        .resource("n://fixed", () => "fixed");
      const client = await joint.connect(server);
      const read = async (uri: string): Promise<unknown> => (await client.readResource(uri)).contents[0];
      expect(await read("n://fixed")).toMatchObject({ text: "fixed" });
      expect(await read("n://1")).toMatchObject({ text: "one" });
      expect(await read("n://2")).toMatchObject({ text: "other 2" });
    },
  );
});

describe("RES-3: what a resource says of itself", () => {
  everywhere("stands in the list", {}, async (joint) => {
    const about = {
      name: "readme",
      description: "Read me",
      mimeType: "text/markdown",
      size: 5,
      annotations: { audience: ["user"], priority: 0.5 },
    } as const;
    const client = await joint.connect(joint.server().resource("a:b", () => "x", about));
    expect(await all(client.resources())).toEqual([{ uri: "a:b", ...about }]);
  });
});

describe("what a template stands for", () => {
  everywhere("is listed live, page after page, behind what is fixed", {}, async (joint) => {
    let notes = ["1", "2", "3"];
    const list = (cursor: string | undefined): { resources: { uri: string; name: string }[]; nextCursor?: string } => {
      const at = Number(cursor ?? 0);
      const [id = ""] = notes.slice(at);
      const resources = id === "" ? [] : [{ uri: `note://${id}`, name: id }];
      return at + 1 < notes.length ? { resources, nextCursor: `${at + 1}` } : { resources };
    };
    const server = joint
      .server()
      .resource("a:b", () => "x", { name: "fixed" })
      .resource("note://{id}", ({ id }) => id, { list })
      .resource("tag://{id}", ({ id }) => id, { list: async () => [{ uri: "tag://t", name: "t" }] });
    const client = await joint.connect(server);
    const names = async (): Promise<string[]> => (await all(client.resources())).map(({ name }) => name);
    expect(await names()).toEqual(["fixed", "1", "2", "3", "t"]);
    notes = ["9"];
    expect(await names()).toEqual(["fixed", "9", "t"]);
    notes = [];
    expect(await names()).toEqual(["fixed", "t"]);
  });

  inMemory("T-27: an empty text as cursor is a place like any other", REVISIONS, async (joint) => {
    const seen: unknown[] = [];
    const list = (cursor: string | undefined): { resources: { uri: string; name: string }[]; nextCursor?: string } => {
      seen.push(cursor);
      if (cursor === undefined) return { resources: [{ uri: "n://1", name: "1" }], nextCursor: "" };
      return { resources: [{ uri: "n://2", name: "2" }] };
    };
    const client = await joint.connect(joint.server().resource("n://{id}", ({ id }) => id, { list }));
    expect((await all(client.resources())).map(({ name }) => name)).toEqual(["1", "2"]);
    expect(seen).toEqual([undefined, ""]);
  });
});
