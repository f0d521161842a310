/** What a caller leaves belongs to issuer, client and subject of its token. */
import { beforeAll, describe, expect, it } from "vitest";
import { decodeJwt } from "jose";
import { type AuthInfo, hasScopes, InvalidTokenError } from "../../src/auth/server/index.ts";
import { limits } from "../../src/limits.ts";
import { serve } from "../../src/server/index.ts";
import { memory } from "../../src/transports/index.ts";
import { Client } from "../../src/client/index.ts";
import { Conversation } from "../http/conversation.ts";
import { Events } from "../http/events.ts";
import { json, type Reached, refusal, testServer } from "../http/reached.ts";
import { type Claims, Issuer } from "./issuer.ts";

let issuer: Issuer;
beforeAll(async () => {
  issuer = await Issuer.create();
});

/** Takes the tokens of several issuers, of which one has the keys of all. */
async function verify(token: string): Promise<AuthInfo> {
  const { iss } = decodeJwt(token);
  if (iss === undefined) throw new InvalidTokenError("no issuer");
  return issuer.verify({ issuer: iss })(token);
}

const guard = (): Reached =>
  issuer.guard(
    testServer()
      .tool("ask", {}, async (_, context) => ((await context.confirm("Go on?")) ? "yes" : "no"))
      .tool("tell", {}, async (_, context) => {
        await context.emit({
          jsonrpc: "2.0",
          method: "notifications/message",
          params: { level: "info", data: "ann's" },
        });
        return "told";
      }),
    { verify },
  );

const STRANGERS: readonly (readonly [string, Claims])[] = [
  ["another subject", { sub: "bob" }],
  ["another client", { client_id: "other-app" }],
  ["another issuer", { iss: "https://other.example" }],
  ["a subject that looks like both together", { sub: undefined, client_id: 'app","ann' }],
  ["the client itself", { sub: undefined }],
];

describe.each(STRANGERS)("AUTH-6 SEC-46 %s", (_, claims) => {
  it("finds no session of the first, even with a valid token and its id", async () => {
    const reached = guard();
    const ann = await Conversation.at(reached, { headers: await issuer.bearer() });
    const stranger = new Conversation(reached, { ...ann.headers, ...(await issuer.bearer(claims)) });
    expect((await stranger.request("ping")).status).toBe(404);
    expect((await stranger.get()).status).toBe(404);
    expect((await stranger.delete()).status).toBe(404);
    // The first goes on, also with a new token.
    const renewed = new Conversation(reached, { ...ann.headers, ...(await issuer.bearer({ jti: "new" })) });
    expect((await renewed.request("ping")).status).toBe(200);
  });

  it("gets no event of the first's streams, whatever id it names", async () => {
    const reached = guard();
    const ann = await Conversation.at(reached, { headers: await issuer.bearer() });
    const events = new Events(await ann.call("tell"));
    const id = (await events.next())?.id as string;
    await events.rest();
    const stranger = await Conversation.at(reached, { headers: await issuer.bearer(claims) });
    expect(await refusal(stranger.get({ "last-event-id": id }))).toEqual([400, -32600]);
    const again = await ann.get({ "last-event-id": id });
    expect((await new Events(again).message()).params).toMatchObject({ data: "ann's" });
  });

  it("cannot go on with the first's call by its requestState", async () => {
    const reached = guard();
    const capabilities = { elicitation: { form: {} } };
    const asked = async (params: object, caller: Claims) =>
      json(
        reached.ask("tools/call", { name: "ask", ...params }, { headers: await issuer.bearer(caller), capabilities }),
      );
    const { result } = await asked({}, {});
    const { requestState, inputRequests } = result as { requestState: string; inputRequests: object };
    const [key = ""] = Object.keys(inputRequests);
    const params = { requestState, inputResponses: { [key]: { action: "accept", content: {} } } };
    expect((await asked(params, claims)).error?.code).toBe(-32602);
    expect((await asked(params, {})).result).toMatchObject({ content: [{ text: "yes" }] });
  });

  it("has room for subscriptions of its own", async () => {
    const reached = guard();
    const listen = async (caller: Claims, id: number) => {
      const headers = await issuer.bearer(caller);
      return (await reached.ask("subscriptions/listen", { notifications: {} }, { id, headers })).status;
    };
    for (let n = 0; n < limits.listens; n++) expect(await listen({}, n)).toBe(200);
    expect(await listen({}, 1000)).toBe(429);
    expect(await listen(claims, 1001)).toBe(200);
  });
});

describe("AUTH-5 a session", () => {
  it("is no authentication: each request has a token", async () => {
    const ann = await Conversation.at(guard(), { headers: await issuer.bearer() });
    const bare = new Conversation(ann.reached, { ...ann.headers, authorization: null });
    expect((await bare.request("ping")).status).toBe(401);
    expect((await bare.get()).status).toBe(401);
    expect((await bare.delete()).status).toBe(401);
  });
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
    const { Reached } = await import("../http/reached.ts");
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
