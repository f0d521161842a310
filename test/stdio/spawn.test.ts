/** How a command is started: what it gets, and what is told when it does not start or ends too early. */
import { chmodSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Client } from "../../src/client/index.ts";
import { type StdioOptions, stdio } from "../../src/client/stdio/index.ts";
import { DefinitionError, LocalError } from "../../src/errors.ts";
import { program, temporary } from "./child.ts";

const node = process.execPath;

/** The error of a connection that fails. */
async function failure(options: StdioOptions): Promise<LocalError> {
  const error: unknown = await Client.connect(stdio(options)).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(LocalError);
  return error as LocalError;
}

async function connect(options: Partial<StdioOptions> = {}): Promise<Client> {
  const args = [await program("server"), ...(options.args ?? [])];
  return Client.connect(stdio({ command: node, ...options, args }));
}

async function json(client: Client, tool: string): Promise<unknown> {
  return JSON.parse((await client.call(tool)) as string);
}

afterEach(() => vi.unstubAllEnvs());

describe("REL-55 a command that does not start", () => {
  const script = (name: string, mode: number, text = "#!/no/such/interpreter\n"): string => {
    const path = temporary(name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const cases: [title: string, options: () => StdioOptions, message: RegExp][] = [
    ["no program of that name", () => ({ command: "no-such-program" }), /"no-such-program".*no such program on PATH/],
    ["a whole command line", () => ({ command: "node server.js" }), /arguments into args/],
    ["no file", () => ({ command: "/no/such/file" }), /no such file/],
    ["a directory", () => ({ command: temporary("") }), /is a directory/],
    ["not executable", () => ({ command: script("plain", 0o644) }), /chmod \+x/],
    ["no interpreter", () => ({ command: script("orphan", 0o755) }), /first line does not exist/],
    ["no working directory", () => ({ command: node, cwd: "/no/such/folder" }), /working directory \/no\/such\/folder/],
  ];
  it.each(cases)("%s", async (_title, options, message) => {
    const error = await failure(options());
    expect(error.code).toBe("spawn");
    expect(error.message).toMatch(message);
  });
});

describe("REL-55 a command that ends early", () => {
  it.each([
    ["exit code 0", "process.exit(0)", "exited with code 0", { exitCode: 0, signal: null }],
    ["exit code 1", "process.exit(1)", "exited with code 1", { exitCode: 1, signal: null }],
    ["a signal", 'process.kill(process.pid, "SIGKILL")', "was ended by SIGKILL", { exitCode: null, signal: "SIGKILL" }],
  ])("%s", async (_title, code, message, data) => {
    const error = await failure({ command: node, args: ["-e", `console.error("last words"); ${code}`] });
    expect(error.code).toBe("exited");
    expect(error.message).toBe(`The server "${node}" ${message}. The end of its stderr:\nlast words`);
    expect(error.data).toEqual({ ...data, stderr: "last words\n" });
  });

  it("is no server, and prints text", async () => {
    const warn = vi.fn<(...data: readonly unknown[]) => void>();
    const connecting = Client.connect(stdio({ command: node, args: ["-e", 'console.log("Usage: tool [options]")'] }), {
      logger: { warn },
    });
    await expect(connecting).rejects.toMatchObject({ code: "exited", data: { exitCode: 0 } });
    expect(warn).toHaveBeenCalled();
  });

  it("is no server, and gives back what it gets", async () => {
    const echo = stdio({ command: node, args: ["-e", "process.stdin.pipe(process.stdout)"] });
    await expect(Client.connect(echo)).rejects.toBeInstanceOf(Error);
  });

  it("during a call: the call rejects with the end of stderr, without the secrets of its environment", async () => {
    const client = await connect({ env: { API_TOKEN: "s3cr3t-value" } });
    const error = (await client.call("crash", { n: 3 }).catch((error: unknown) => error)) as LocalError;
    expect(error).toBeInstanceOf(LocalError);
    expect(error.code).toBe("exited");
    expect(error.data).toMatchObject({ exitCode: 3, signal: null });
    expect(error.message).toContain("about to crash, with the token [API_TOKEN]");
    expect(JSON.stringify([error.message, error.data])).not.toContain("s3cr3t");
    await expect(client.call("pid")).rejects.toBe(error);
    expect(await client.closed).toEqual({ kind: "error", error });
    await client.close();
  });

  it("by closing its stdout: it is ended", async () => {
    const args = [await program("closes-stdout")];
    const client = await Client.connect(stdio({ command: node, args, closeTimeout: 50 }));
    await expect(client.request("tools/call", { name: "any" })).rejects.toThrow("closed its pipes and did not exit");
  });
});

describe("T-1 a server that ends at the probe", () => {
  it("is started again for the handshake, when the first process has gone", async () => {
    const said: string[] = [];
    const connector = stdio({ command: node, args: [await program("legacy-only")], stderr: (line) => said.push(line) });
    const client = await Client.connect(connector);
    expect(client.version).toBe("2025-11-25");
    expect(await client.request("tools/call", { name: "any" })).toMatchObject({ content: [{ type: "text" }] });
    await client.close();
    expect(said).toEqual(["started", "started"]);
  });

  it("is started once when the probe is not needed", async () => {
    const said: string[] = [];
    const connector = stdio({ command: node, args: [await program("legacy-only")], stderr: (line) => said.push(line) });
    const client = await Client.connect(connector, { revisions: ["2025-11-25"] });
    await client.close();
    expect(said).toEqual(["started"]);
  });
});

describe("REL-56 arguments", () => {
  it("reach the command as they are", async () => {
    const args = [
      "a b",
      "; touch /tmp/x",
      "$(id)",
      "`id`",
      "'",
      '"',
      "\\",
      "a\nb",
      "",
      "%PATH%",
      "*",
      "-",
      "--",
      "å漢😀",
    ];
    await using client = await connect({ args });
    expect(await json(client, "args")).toEqual(args);
  });

  it.each([
    ["a NUL in an argument", { command: "node", args: ["a\0b"] }, /args\[0\].*NUL/],
    ["a NUL in the command", { command: "no\0de" }, /command.*NUL/],
    ["a NUL in the environment", { command: "node", env: { A: "\0" } }, /env\.A.*NUL/],
    ["a NUL in the working directory", { command: "node", cwd: "/\0" }, /cwd.*NUL/],
    ["a name with an equals sign", { command: "node", env: { "A=B": "" } }, /"A=B"/],
    ["no command", { command: "" }, /needs a command/],
    ["an argument that is no string", { command: "node", args: [1 as never] }, /args\[0\] must be a string/],
    ["arguments that are no array", { command: "node", args: "server.js" as never }, /args must be an array/],
    ["a patience that is none", { command: "node", closeTimeout: Number.NaN }, /closeTimeout/],
    ["a reader that is none", { command: "node", stderr: "show" as never }, /stderr must be/],
  ])("%s is refused where it is written", (_title, options, message) => {
    expect(() => stdio(options)).toThrow(DefinitionError);
    expect(() => stdio(options)).toThrow(message);
  });
});

describe("REL-66 the environment", () => {
  it("has what programs need, and no secrets", async () => {
    vi.stubEnv("GITHUB_TOKEN", "secret");
    vi.stubEnv("LC_CTYPE", "C.UTF-8");
    vi.stubEnv("LANG", "() { :; }; echo");
    await using client = await connect();
    const env = (await json(client, "env")) as Record<string, string>;
    expect(env["PATH"]).toBe(process.env["PATH"]);
    expect(env["LC_CTYPE"]).toBe("C.UTF-8");
    const safe = /^(HOME|LANGUAGE|LOGNAME|PATH|SHELL|TERM|TMPDIR|TZ|USER|LC_[A-Z]+)$/;
    expect(Object.keys(env).filter((name) => !safe.test(name))).toEqual([]);
  });

  it("has what is given and what is inherited by name", async () => {
    vi.stubEnv("GITHUB_TOKEN", "secret");
    vi.stubEnv("OTHER_TOKEN", "secret");
    const env = { OWN: "value (with) parens", HOME: undefined };
    await using client = await connect({ env, inheritEnv: ["GITHUB_TOKEN"] });
    const got = (await json(client, "env")) as Record<string, string>;
    expect(got).toMatchObject({ OWN: "value (with) parens", GITHUB_TOKEN: "secret" });
    expect(got).not.toHaveProperty("OTHER_TOKEN");
    expect(got).not.toHaveProperty("HOME");
  });

  it("has all of ours by wish", async () => {
    vi.stubEnv("GITHUB_TOKEN", "secret");
    await using client = await connect({ inheritEnv: true });
    expect(await json(client, "env")).toMatchObject({ GITHUB_TOKEN: "secret" });
  });
});
