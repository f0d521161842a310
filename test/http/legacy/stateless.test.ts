import { describe, expect, it } from "vitest";
import { initialize } from "../conversation.ts";
import { messages } from "../events.ts";
import { json, Reached, refusal, reports, testServer } from "../reached.ts";

const server = testServer()
  .tool("echo", {}, () => "done")
  .tool("log", {}, async (_, context) => {
    await context.log("error", "here");
    return "done";
  })
  .tool("ask", {}, async (_, context) => ((await context.confirm("Sure?")) ? "yes" : "no"))
  .tool("who", {}, (_, { client }) => `${client.version} ${client.info?.name}`);

const reach = () => new Reached(server, { sessions: false });
const call = (name: string) => ({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } });

describe("sessions: false, each request of an older revision stands alone", () => {
  it("LHTTP-6: initialize gives no id, and nothing after it wants one", async () => {
    const reached = reach();
    const opened = await reached.post(initialize("2025-06-18"));
    expect([opened.status, opened.headers.has("mcp-session-id")]).toEqual([200, false]);
    expect((await json(opened)).result).toMatchObject({ protocolVersion: "2025-06-18" });
    expect((await reached.post({ jsonrpc: "2.0", method: "notifications/initialized" })).status).toBe(202);
    expect((await json(reached.post(call("echo")))).result).toMatchObject({ content: [{ text: "done" }] });
  });

  it("an id of a session that is sent counts for nothing", async () => {
    expect((await reach().post(call("echo"), { "mcp-session-id": "x" })).status).toBe(200);
  });

  it.each([
    [null, "2025-03-26"],
    ["2025-03-26", "2025-03-26"],
    ["2025-06-18", "2025-06-18"],
    ["2025-11-25", "2025-11-25"],
  ])("LIFE-4, T-58: MCP-Protocol-Version %j means revision %s", async (header, revision) => {
    const reply = await json(reach().post(call("who"), { "mcp-protocol-version": header }));
    expect(JSON.stringify(reply)).toContain(`${revision} undefined`);
  });

  it("LIFE-4: one that is unknown is refused with 400", async () => {
    const headers = { "mcp-protocol-version": "1999-01-01" };
    expect(await refusal(reach().post(call("who"), headers))).toEqual([400, -32022]);
    expect(await refusal(reach().post(initialize(), headers))).toEqual([400, -32022]);
  });

  it("what a request sends goes out on its own reply, without ids", async () => {
    const response = await reach().post(call("log"));
    const text = await response.clone().text();
    expect(text).not.toMatch(/^id:/m);
    expect((await messages(response)).map(({ method }) => method)).toEqual(["notifications/message", undefined]);
  });

  it("nobody can be asked", async () => {
    expect((await json(reach().post(call("ask")))).result).toMatchObject({ isError: true });
    expect(reports).toEqual([expect.objectContaining({ code: "no_way_back" })]);
  });

  it("LHTTP-1: GET and DELETE are refused with 405", async () => {
    for (const verb of ["GET", "DELETE"]) {
      const response = await reach().send(verb, { accept: "text/event-stream", "mcp-session-id": "x" });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  it("the stateless revision is served beside", async () => {
    expect((await json(reach().ask("tools/call", { name: "who" }))).result).toMatchObject({ resultType: "complete" });
  });
});
