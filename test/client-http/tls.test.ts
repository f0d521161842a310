import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../src/client/index.ts";
import { http } from "../../src/client/http/index.ts";
import { closeAll, serving } from "./both.ts";
import { type Certificates, certificates } from "./certificates.ts";
import { stateless } from "./scripted.ts";

afterEach(closeAll);

let made: Certificates;
beforeAll(async () => {
  made = await certificates();
});

describe("SEC-82: TLS", () => {
  const script = stateless((asked) => {
    const { subject } = (asked.response.socket as TLSSocket).getPeerCertificate();
    asked.result({ resultType: "complete", content: [{ type: "text", text: String(subject?.CN) }] });
  });

  it("a certificate that nobody trusted has signed ends the connection, and the error says so", async () => {
    const server = await serving(script, { tls: made.server });
    const failed = Client.connect(http(`https://127.0.0.1:${server.port}/mcp`));
    await expect(failed).rejects.toMatchObject({ code: "http", message: expect.stringContaining("not trusted") });
    expect(server.asked).toEqual([]);
  });

  it("an authority of one's own is trusted, for the names that it signed", async () => {
    const server = await serving(script, { tls: made.server });
    const tls = { ca: made.ca };
    const client = await Client.connect(http(`https://127.0.0.1:${server.port}/mcp`, { tls }));
    expect(await client.call("who")).toBe("undefined");
    await client.close();
    const other = Client.connect(
      http(`https://127.0.0.1:${server.port}/mcp`, { tls: { ...tls, servername: "other" } }),
    );
    await expect(other).rejects.toMatchObject({ code: "http", data: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } });
  });

  it("a server may want to know who comes, and the client shows its own certificate", async () => {
    const server = await serving(script, {
      tls: { ...made.server, ca: made.ca, requestCert: true, rejectUnauthorized: true },
    });
    const url = `https://127.0.0.1:${server.port}/mcp`;
    await expect(Client.connect(http(url, { tls: { ca: made.ca } }))).rejects.toMatchObject({ name: "LocalError" });
    const client = await Client.connect(http(url, { tls: { ca: made.ca, ...made.client } }));
    expect(await client.call("who")).toBe("client");
    await client.close();
  });

  it("what speaks no TLS is told apart", async () => {
    const server = await serving(script);
    const failed = Client.connect(http(`https://127.0.0.1:${server.port}/mcp`));
    await expect(failed).rejects.toThrow("does not speak TLS");
  });
});

it.skipIf(process.platform === "win32")("a Unix socket", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mcplex-socket-"));
  try {
    const path = join(folder, "s");
    const script = stateless((asked) =>
      asked.result({ resultType: "complete", content: [{ type: "text", text: `${asked.headers.host}` }] }),
    );
    await serving(script, { path });
    const client = await Client.connect(http("http://localhost/mcp", { socketPath: path }));
    expect(await client.call("host")).toBe("localhost");
    await client.close();
    const none = Client.connect(http("http://localhost/mcp", { socketPath: join(folder, "none") }));
    await expect(none).rejects.toThrow("no such socket");
    await closeAll();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
