import { beforeAll, describe, expect, it } from "vitest";
import type { TLSSocket } from "node:tls";
import { request } from "node:https";
import { createServer } from "node:https";
import { nodeHandler, serveHttp } from "../../src/node/index.ts";
import { type Certificates, certificates } from "../client-http/certificates.ts";
import { closing } from "./listening.ts";
import { modern, MODERN, POSTED, testServer } from "./reached.ts";

let made: Certificates;
beforeAll(async () => {
  made = await certificates();
});

const server = testServer().tool("echo", {}, (_, { http }) => `${http?.header("host")}`);

async function serving(tls: object): Promise<string> {
  const started = await serveHttp(server, { port: 0, exit: false, log: () => {}, graceTimeout: 0, tls });
  closing(() => started.close());
  return started.url;
}

/** Status and text of a call over TLS, or the code of the error that came instead. */
function call(url: string, tls: object, headers: Record<string, string> = {}): Promise<unknown[]> {
  const said = {
    ...POSTED,
    "mcp-protocol-version": MODERN,
    "mcp-method": "tools/call",
    "mcp-name": "echo",
    ...headers,
  };
  return new Promise((resolve) => {
    const asked = request(url, { method: "POST", headers: said, agent: false, ...tls }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve([response.statusCode, text]));
    });
    asked.on("error", (error: NodeJS.ErrnoException) => resolve([error.code]));
    asked.end(JSON.stringify(modern("tools/call", { name: "echo" })));
  });
}

describe("serveHttp over TLS", () => {
  it("shows its certificate, and says https", async () => {
    const url = await serving(made.server);
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/mcp$/);
    expect((await call(url, { ca: made.ca }))[0]).toBe(200);
    expect(await call(url, {})).toEqual(["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
  });

  it("HTTP-20: the own page has an https origin there, and no http one", async () => {
    const url = await serving(made.server);
    const { host, origin } = new URL(url);
    expect((await call(url, { ca: made.ca }, { origin }))[0]).toBe(200);
    expect((await call(url, { ca: made.ca }, { origin: `http://${host}` }))[0]).toBe(403);
  });

  it("wants a certificate of clients where it is told to: with one they pass, without they do not", async () => {
    const url = await serving({ ...made.server, ca: made.ca, requestCert: true, rejectUnauthorized: true });
    expect((await call(url, { ca: made.ca, ...made.client }))[0]).toBe(200);
    const [refused] = await call(url, { ca: made.ca });
    expect(refused).toMatch(/^(ERR_SSL|ECONNRESET|EPIPE)/);
  });

  it("lets authenticate see whose certificate it was, on a server of one's own", async () => {
    const node = createServer({ ...made.server, ca: made.ca, requestCert: true }, (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      nodeHandler(server, { authenticate: () => ({ id: String(subject.CN) }) })(request, response);
    });
    await new Promise<void>((resolve) => node.listen(0, "127.0.0.1", resolve));
    closing(() => new Promise((resolve) => node.close(resolve)));
    const { port } = node.address() as { port: number };
    expect((await call(`https://127.0.0.1:${port}/mcp`, { ca: made.ca, ...made.client }))[0]).toBe(200);
  });
});
