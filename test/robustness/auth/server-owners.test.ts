/** 5.2: what a caller leaves belongs to issuer, client and subject of its token. */
import { beforeAll, describe, expect, it } from "vitest";
import { decodeJwt } from "jose";
import { type AuthInfo, InvalidTokenError } from "../../../src/auth/server/index.ts";
import { limits } from "../../../src/limits.ts";
import { tasks } from "../../../src/tasks/index.ts";
import { Conversation } from "../../http/conversation.ts";
import { Events } from "../../http/events.ts";
import { json, type Reached, refusal, testServer } from "../../http/reached.ts";
import { type Claims, Issuer } from "../../auth-server/issuer.ts";

const TASKS = "io.modelcontextprotocol/tasks";

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
      .use(tasks({ list: true }))
      .tool(
        "long",
        { task: "optional" },
        (_, { signal }) => new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve(""))),
      )
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

  it("TASK-4 SEC-47 does not see, answer, hear of or cancel the first's tasks", async () => {
    const reached = guard();
    const asked = async (method: string, params: Record<string, unknown>, caller: Claims) => {
      const taskId = params["taskId"];
      const headers = {
        ...(await issuer.bearer(caller)),
        ...(typeof taskId === "string" ? { "mcp-name": taskId } : {}),
      };
      return reached.ask(method, params, { headers, capabilities: { extensions: { [TASKS]: {} } } });
    };
    const begun = await json(asked("tools/call", { name: "long" }, {}));
    const taskId = begun.result?.["taskId"] as string;
    expect(taskId).toMatch(/^[0-9a-f]{32}$/);
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
      const params = { inputResponses: {} };
      const { error } = await json(asked(method, { taskId, ...params }, claims));
      const unknown = await json(asked(method, { taskId: "f".repeat(32), ...params }, claims));
      expect(JSON.stringify(error)).toBe(JSON.stringify(unknown.error).replace("f".repeat(32), taskId));
      expect(error?.code).toBe(-32602);
    }
    const events = new Events(await asked("subscriptions/listen", { notifications: { taskIds: [taskId] } }, claims));
    expect((await events.message()).params).toMatchObject({ notifications: { taskIds: [] } });
    expect((await json(asked("tasks/get", { taskId }, {}))).result).toMatchObject({ taskId, status: "working" });
  });

  it("LTASK-4 SEC-47 does not see, await or cancel them in a session of its own", async () => {
    const reached = guard();
    const ann = await Conversation.at(reached, { headers: await issuer.bearer() });
    const stranger = await Conversation.at(reached, { headers: await issuer.bearer(claims) });
    const { result } = await json(ann.request("tools/call", { name: "long", arguments: {}, task: {} }));
    const { taskId } = (result as { task: { taskId: string } }).task;
    for (const method of ["tasks/get", "tasks/result", "tasks/cancel"]) {
      expect((await json(stranger.request(method, { taskId }))).error?.code).toBe(-32602);
    }
    expect((await json(stranger.request("tasks/list"))).result).toEqual({ tasks: [] });
    expect((await json(ann.request("tasks/get", { taskId }))).result).toMatchObject({ taskId, status: "working" });
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
