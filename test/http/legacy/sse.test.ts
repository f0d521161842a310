import { describe, expect, it } from "vitest";
import type { HttpOptions } from "../../../src/server/http/index.ts";
import { initialize } from "../conversation.ts";
import { Events } from "../events.ts";
import { entriesOf, json, POSTED, Reached, refusal, type Sent, testServer, turn } from "../reached.ts";

function offering() {
  return testServer()
    .tool("echo", {}, () => "done")
    .tool("ask", {}, async (_, context) => JSON.stringify(await context.roots()));
}

/** A client of 2024-11-05: its stream, and where it posts. */
async function open(reached: Reached, headers: Sent = {}) {
  const response = await reached.send("GET", { accept: "text/event-stream", ...headers });
  const events = new Events(response);
  const first = await events.next();
  const endpoint = new URL(first?.data ?? "", reached.url).href;
  const post = (body: unknown, sent: Sent = headers): Promise<Response> => {
    const all = entriesOf({ ...POSTED, ...sent });
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return reached.handler(new Request(endpoint, { method: "POST", headers: all, body: text }));
  };
  return { response, events, first, endpoint, post };
}

const reach = (options: HttpOptions = {}, url?: string) => new Reached(offering(), { sse: true, ...options }, url);
const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

describe("LHTTP-9 the transport of 2024-11-05", () => {
  it("begins with the event endpoint, which names where to post", async () => {
    const { response, first, endpoint } = await open(reach({}, "http://localhost/some/path?x=1"));
    expect(response.status).toBe(200);
    expect(response.headers.has("mcp-session-id")).toBe(false);
    expect(first?.event).toBe("endpoint");
    expect(first?.data).toMatch(/^\/some\/path\?sessionId=[A-Za-z0-9_-]{22}$/);
    expect(new URL(endpoint).origin).toBe("http://localhost");
  });

  it("a POST there is answered with 202 and no body, its response with the event message", async () => {
    const { events, post } = await open(reach());
    const posted = await post(initialize("2024-11-05"));
    expect([posted.status, await posted.text()]).toEqual([202, ""]);
    const event = await events.next();
    expect([event?.event, event?.id]).toEqual(["message", undefined]);
    expect(event?.message.result).toMatchObject({ protocolVersion: "2024-11-05" });
    expect((await post({ jsonrpc: "2.0", method: "notifications/initialized" })).status).toBe(202);
    await post({ jsonrpc: "2.0", id: "x", method: "tools/call", params: { name: "echo", arguments: {} } });
    expect(await events.message()).toMatchObject({ id: "x", result: { content: [{ text: "done" }] } });
  });

  it("the server asks on the stream, and is answered by POST", async () => {
    const { events, post } = await open(reach());
    await post(initialize("2024-11-05", { roots: {} }));
    await events.message();
    await post({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "ask", arguments: {} } });
    const question = await events.message();
    expect(question.method).toBe("roots/list");
    const roots = [{ uri: "file:///a" }];
    expect((await post({ jsonrpc: "2.0", id: question.id, result: { roots } })).status).toBe(202);
    expect(JSON.stringify(await events.message())).toContain("file:///a");
  });

  it("changes are told on the stream", async () => {
    const server = offering();
    const { events, post } = await open(new Reached(server, { sse: true }));
    await post(initialize("2024-11-05"));
    await events.message();
    await post({ jsonrpc: "2.0", method: "notifications/initialized" });
    server.listChanged("tools");
    expect((await events.message()).method).toBe("notifications/tools/list_changed");
  });

  it("two clients have two streams, and each hears its own answers", async () => {
    const reached = reach();
    const [one, two] = [await open(reached), await open(reached)];
    expect(one.endpoint).not.toBe(two.endpoint);
    await two.post({ ...ping, id: "two" });
    await one.post({ ...ping, id: "one" });
    expect([(await one.events.message()).id, (await two.events.message()).id]).toEqual(["one", "two"]);
  });

  it("an unknown stream is 404, as is one that its client has left", async () => {
    const reached = reach();
    const { events, post } = await open(reached);
    await events.leave();
    await turn();
    expect((await post(ping)).status).toBe(404);
    const other = new Reached(offering(), { sse: true }, "http://localhost/mcp?sessionId=nobody");
    expect((await other.post(ping)).status).toBe(404);
  });

  it("LHTTP-7: a stream of another principal is as unknown as none", async () => {
    const reached = reach({ authenticate: (request) => ({ id: request.header("authorization") ?? "?" }) });
    const { post } = await open(reached, { authorization: "ann" });
    expect((await post(ping, { authorization: "bob" })).status).toBe(404);
    expect((await post(ping)).status).toBe(202);
  });

  it("what is no message is refused with 400", async () => {
    const { post } = await open(reach());
    expect(await refusal(post("{"))).toEqual([400, -32700]);
    expect(await refusal(post({ jsonrpc: "1.0", id: 1, method: "ping" }))).toEqual([400, -32600]);
  });

  it("a GET for something else than a stream is refused with 406", async () => {
    expect((await reach().send("GET", { accept: "text/html" })).status).toBe(406);
  });

  it("when the endpoint closes, the stream ends", async () => {
    const reached = reach();
    const { events } = await open(reached);
    await reached.handler.close();
    expect(await events.next()).toBeUndefined();
  });

  it("is not there without the option", async () => {
    const response = await new Reached(offering()).send("GET", { accept: "text/event-stream" });
    expect(response.status).toBe(400);
    const none = await new Reached(offering(), { sessions: false }).send("GET", { accept: "text/event-stream" });
    expect(none.status).toBe(405);
  });

  it("newer clients are served on the same endpoint", async () => {
    const reached = reach();
    expect((await reached.post(initialize())).headers.has("mcp-session-id")).toBe(true);
    expect((await json(reached.ask("tools/call", { name: "echo" }))).result).toMatchObject({ resultType: "complete" });
  });
});
