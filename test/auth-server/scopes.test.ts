/** Tools that need scopes. */
import { beforeAll, describe, expect, it } from "vitest";
import { hasScopes } from "../../src/auth/server/index.ts";
import { Client } from "../../src/client/index.ts";
import { serve } from "../../src/server/index.ts";
import { memory } from "../../src/transports/index.ts";
import { json, Reached, refusal, testServer } from "../http/reached.ts";
import { type Claims, Issuer } from "./issuer.ts";

let issuer: Issuer;
beforeAll(async () => {
  issuer = await Issuer.create();
});

describe("tools by scope", () => {
  const server = () =>
    testServer()
      .tool("open", {}, () => "1")
      .tool("hidden", { visible: hasScopes("admin") }, () => "2")
      .tool("shown", { scopes: ["admin"] }, () => "3");
  const names = async (reached: Reached, claims: Claims) => {
    const { result } = await json(reached.ask("tools/list", {}, { headers: await issuer.bearer(claims) }));
    return (result as { tools: { name: string }[] }).tools.map(({ name }) => name);
  };

  it("are hidden from who lacks it, or shown and refused", async () => {
    const reached = issuer.guard(server());
    expect(await names(reached, {})).toEqual(["open", "shown"]);
    expect(await names(reached, { scope: "admin" })).toEqual(["open", "hidden", "shown"]);
    const headers = await issuer.bearer();
    expect(await refusal(reached.ask("tools/call", { name: "hidden" }, { headers }))).toEqual([200, -32602]);
    expect(await refusal(reached.ask("tools/call", { name: "shown" }, { headers }))).toEqual([403, -32600]);
  });

  it("say nothing of scopes in their entries", async () => {
    const { result } = await json(issuer.guard(server()).ask("tools/list", {}, { headers: await issuer.bearer() }));
    expect(JSON.stringify(result)).not.toContain("admin");
  });

  it("are refused to who comes by HTTP without a guard, and by one that knows no scopes", async () => {
    const call = (reached: Reached) => refusal(reached.ask("tools/call", { name: "shown" }));
    expect(await call(new Reached(server()))).toEqual([200, -32600]);
    expect(await call(new Reached(server(), { authenticate: () => ({ id: "ann" }) }))).toEqual([200, -32600]);
    const auth = { scopes: ["admin"] };
    expect(
      (
        await json(
          new Reached(server(), { authenticate: () => ({ id: "ann", auth }) }).ask("tools/call", { name: "shown" }),
        )
      ).result,
    ).toBeDefined();
  });

  it("are there for who started the server", async () => {
    const [here, there] = memory();
    const serving = serve(server(), there);
    const client = await Client.connect(here);
    expect(await client.call("shown")).toBe("3");
    await client.close();
    await serving.close();
  });

  it.each([[["a b"]], [[""]], [['a"b']], [["a\\b"]]])("cannot need %j", (scopes) => {
    expect(() => testServer().tool("x", { scopes }, () => "")).toThrow('scopes of tool "x"');
  });
});
