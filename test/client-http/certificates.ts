/** Certificates made on the spot: an authority, what it signed, and a stranger. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Certificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** Makes an authority, and a certificate for 127.0.0.1 and one for a client that it signed. */
export async function certificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), "mcplex-tls-"));
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Promise<unknown> => run("openssl", args, { cwd: folder });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  try {
    await openssl("req", "-x509", ...curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority");
    await writeFile(at("server.ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost");
    for (const name of ["server", "client"]) {
      await openssl(
        "req",
        ...curve.slice(0, 5),
        "-keyout",
        `${name}.key`,
        "-out",
        `${name}.csr`,
        "-subj",
        `/CN=${name}`,
      );
      const extensions = name === "server" ? ["-extfile", "server.ext"] : [];
      const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
      await openssl("x509", "-req", "-in", `${name}.csr`, ...authority, "-out", `${name}.pem`, ...extensions);
    }
    const pair = async (name: string) => ({
      cert: await readFile(at(`${name}.pem`), "utf8"),
      key: await readFile(at(`${name}.key`), "utf8"),
    });
    return { ca: await readFile(at("ca.pem"), "utf8"), server: await pair("server"), client: await pair("client") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
