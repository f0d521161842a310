// What the two generations of the official SDK have in common.
import { randomUUID } from "node:crypto";
import { run, SERVER_INFO } from "../load/tools.mjs";
import { BODY } from "./http.mjs";
import { zodTools } from "./tools.mjs";

/** Makes servers. The definitions are made once; a server is given all of them. `progress` is the tool of that name. */
export function factoryOf(McpServer, profile, progress) {
  const tools = zodTools(profile);
  return () => {
    const server = new McpServer(SERVER_INFO);
    for (const { name, description, input, output } of tools) {
      const options = { description, inputSchema: input, ...(output === undefined ? {} : { outputSchema: output }) };
      server.registerTool(name, options, name === "progress" ? progress : (run[name] ?? run.echo));
    }
    return server;
  };
}

/** Answers clients up to 2025-11-25 over HTTP: with a server for each session, or for each request where there are none. */
export function answerOf(Transport, kind, profile, make) {
  const options = { enableJsonResponse: profile !== "streams", maxRequestBodySize: BODY };
  const transports = new Map();
  async function inSession(request, response) {
    const known = transports.get(request.headers["mcp-session-id"]);
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new Transport({
      ...options,
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    transport.onclose = () => transports.delete(transport.sessionId);
    await make().connect(transport);
    return transport.handleRequest(request, response);
  }
  async function byItself(request, response) {
    const server = make();
    const transport = new Transport({ ...options, sessionIdGenerator: undefined });
    response.on("close", () => {
      void transport.close();
      void server.close();
    });
    await server.connect(transport);
    return transport.handleRequest(request, response);
  }
  const answer = kind === "session" ? inSession : byItself;
  return (request, response) => void answer(request, response);
}
