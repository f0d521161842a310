/** 5.2: methods of HTTP that do nothing here. */
import { describe, expect, it } from "vitest";
import { EVERY_HOST } from "../harness/host-names.ts";
import { bytesOf, call, type HttpParts, MODERN } from "../harness/messages.ts";
import { serverUnderTest, type Target } from "../harness/server.ts";

const under = serverUnderTest();

/** What the parser of Node, or a framework, answers itself: 400 for no method of HTTP, 405, 501, or the end. */
async function answeredSomehow(target: Target, parts: HttpParts): Promise<void> {
  const connection = await target.connect({ bodiless: parts.method === "HEAD" });
  connection.write(bytesOf(parts));
  const reply = await connection.reply();
  connection.destroy();
  if (reply !== undefined) expect([400, 404, 405, 501]).toContain(reply.status);
}

const { headers, body } = call(1, "marker");

describe.each(EVERY_HOST)("%s", (host) => {
  it.each(["GET", "PUT", "HEAD", "TRACE", "PATCH", "DELETE", "OPTIONS"])(
    "SEC-32 %s is not allowed where all requests stand alone",
    async (method) => {
      const target = await under.server.target(host, { sessions: false });
      // A web request has no TRACE, so what turns requests into those answers it.
      for (const given of [{}, { ...headers, Accept: "text/event-stream" }]) {
        const reply = await target.send({ method, headers: given });
        expect(reply.status).toBe(405);
        expect(reply.header("allow")).toBe("POST");
      }
    },
  );

  it.each(["PUT", "HEAD", "PATCH", "OPTIONS"])("SEC-32 %s is not allowed where there are sessions", async (method) => {
    const reply = await (await under.server.target(host)).send({ method });
    expect(reply.status).toBe(405);
    expect(reply.header("allow")).toBe("POST, GET, DELETE");
  });

  it.each(["GET", "DELETE"])("SEC-32 %s does nothing for who speaks a stateless revision", async (method) => {
    const target = await under.server.target(host);
    const reply = await target.send({
      method,
      headers: { "MCP-Protocol-Version": MODERN, Accept: "text/event-stream", "Mcp-Session-Id": "a".repeat(22) },
    });
    expect(reply.status).toBe(405);
    expect(reply.header("allow")).toBe("POST");
  });

  it.each(["get", "post", "CONNECT", "MKCOL", "PROPFIND", "QUERY", "NOPE", "P\u00d6ST", "A".repeat(5000)])(
    "SEC-32 %s is answered or cut off, and runs nothing",
    async (method) => {
      const target = await under.server.target(host);
      await answeredSomehow(target, { method, headers });
      await answeredSomehow(target, { method, headers: { ...headers, "Content-Type": "application/json" }, body });
    },
  );
});
