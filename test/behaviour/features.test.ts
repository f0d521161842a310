import { describe, expect } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { REVISIONS } from "../../src/protocol/index.ts";
import type { Visible } from "../../src/server/index.ts";
import { everywhere, inMemory } from "./bindings.ts";
import { all } from "./collect.ts";

const names = (entries: readonly { readonly name: string }[]): string[] => entries.map(({ name }) => name);

describe("features that change while they are served", () => {
  everywhere("a tool can be added, disabled, enabled in its old place, and removed", {}, async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => "a")
      .tool("b", {}, () => "b");
    const client = await joint.connect(server);
    server.tool("c", {}, () => "c");
    expect(names(await all(client.tools()))).toEqual(["a", "b", "c"]);
    expect(server.tools.disable("a")).toBe(true);
    expect(names(await all(client.tools()))).toEqual(["b", "c"]);
    await expect(client.call("a")).rejects.toMatchObject({ code: -32602 });
    expect(server.tools.enable("a")).toBe(true);
    expect(names(await all(client.tools()))).toEqual(["a", "b", "c"]);
    expect(await client.call("a")).toBe("a");
    expect(server.tools.remove("b")).toBe(true);
    expect(server.tools.remove("b")).toBe(false);
    expect(names(await all(client.tools()))).toEqual(["a", "c"]);
    await expect(client.call("b")).rejects.toMatchObject({ code: -32602 });
    expect([server.tools.disable("x"), server.tools.enable("x"), server.tools.has("a"), server.tools.size]).toEqual([
      false,
      false,
      true,
      2,
    ]);
  });

  inMemory("prompts, resources and templates as well", REVISIONS, async (joint) => {
    const server = joint
      .server()
      .prompt("p", {}, () => "p")
      .prompt("q", {}, () => "q")
      .resource("a:1", () => "1")
      .resource("a:2", () => "2")
      .resource("b://{id}", ({ id }) => id, { complete: { id: () => ["x"] } })
      .resource("c://{id}", ({ id }) => id);
    const client = await joint.connect(server);
    server.prompts.disable("p");
    server.resources.disable("a:1");
    server.templates.disable("b://{id}");
    expect(names(await all(client.prompts()))).toEqual(["q"]);
    expect(names(await all(client.resources()))).toEqual(["a:2"]);
    expect(names(await all(client.resourceTemplates()))).toEqual(["c://{id}"]);
    await expect(client.getPrompt("p")).rejects.toMatchObject({ code: -32602 });
    for (const uri of ["a:1", "b://x"]) {
      await expect(client.readResource(uri)).rejects.toMatchObject({ name: "ResourceNotFoundError" });
    }
    const ref = { type: "ref/resource", uri: "b://{id}" } as const;
    await expect(client.complete({ ref, argument: { name: "id", value: "" } })).rejects.toMatchObject({ code: -32602 });
    server.templates.enable("b://{id}");
    expect((await client.complete({ ref, argument: { name: "id", value: "" } })).values).toEqual(["x"]);
  });

  inMemory("a call that runs goes on when its tool is removed", REVISIONS, async (joint) => {
    let finish = (): void => {};
    const server = joint.server().tool(
      "a",
      {},
      () =>
        new Promise<string>((resolve) => {
          finish = () => resolve("done");
        }),
    );
    const client = await joint.connect(server);
    const running = client.call("a");
    await client.ping();
    server.tools.remove("a");
    finish();
    expect(await running).toBe("done");
  });

  inMemory("a name is taken until it is removed", ["2026-07-28"], async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => "1")
      .prompt("a", {}, () => "1")
      .resource("a:1", () => "1");
    expect(() => server.tool("a", {}, () => "2")).toThrow(DefinitionError);
    expect(() => server.prompt("a", {}, () => "2")).toThrow(DefinitionError);
    expect(() => server.resource("a:1", () => "2")).toThrow(DefinitionError);
    server.tools.disable("a");
    expect(() => server.tool("a", {}, () => "2")).toThrow(DefinitionError);
    server.tools.remove("a");
    server.tool("a", {}, () => "2");
    expect(await (await joint.connect(server)).call("a")).toBe("2");
  });
});

const admins: Visible = ({ client }) => client.info?.name === "admin";

describe("VER-6: what depends on who looks", () => {
  everywhere("a feature that is hidden from a caller does not exist for it", { remembers: true }, async (joint) => {
    const server = joint
      .server()
      .tool("open", {}, () => "x")
      .tool("closed", { visible: admins }, () => "x")
      .prompt("closed", { visible: admins }, () => "x")
      .resource("closed:a", () => "x", { visible: admins })
      .resource("closed://{id}", () => "x", { visible: admins, list: () => [{ uri: "closed://1", name: "1" }] });
    const admin = await joint.connect(server, { info: { name: "admin", version: "1" } });
    const guest = await joint.connect(server, { info: { name: "guest", version: "1" } });
    expect(names(await all(admin.tools()))).toEqual(["open", "closed"]);
    expect(names(await all(guest.tools()))).toEqual(["open"]);
    expect(await all(guest.prompts())).toEqual([]);
    expect(await all(guest.resources())).toEqual([]);
    expect(await all(guest.resourceTemplates())).toEqual([]);
    expect(names(await all(admin.resources()))).toEqual(["closed:a", "1"]);
    expect(await admin.call("closed")).toBe("x");
    const unknown = await guest.callTool("unknown").catch((error: Error) => error.message.replace("unknown", "closed"));
    await expect(guest.call("closed")).rejects.toMatchObject({ code: -32602, message: unknown });
    for (const uri of ["closed:a", "closed://1"]) {
      await expect(guest.readResource(uri)).rejects.toMatchObject({ name: "ResourceNotFoundError" });
    }
  });

  inMemory("pages of one caller are never given to another", REVISIONS, async (joint) => {
    const server = joint.server({ pageSize: 2 });
    for (const name of ["a", "b"]) server.tool(name, {}, () => "x");
    server.tool("c", { visible: admins }, () => "x");
    const guest = await joint.connect(server, { info: { name: "guest", version: "1" } });
    const admin = await joint.connect(server, { info: { name: "admin", version: "1" } });
    expect(names(await all(guest.tools()))).toEqual(["a", "b"]);
    expect(names(await all(admin.tools()))).toEqual(["a", "b", "c"]);
    expect(joint.taps[0]?.from("client", "tools/list")).toHaveLength(1);
  });

  inMemory("a visible that throws hides, or fails the request; it never shows", REVISIONS, async (joint) => {
    const visible = (): boolean => {
      throw new Error("secret");
    };
    const client = await joint.connect(joint.server().tool("a", { visible }, () => "x"));
    const listed = await all(client.tools()).catch((error: { code: number }) => error.code);
    expect([-32603, []]).toContainEqual(listed);
    const called = await client.call("a").catch((error: { code: number }) => error.code);
    expect([-32603, -32602]).toContain(called);
  });
});
