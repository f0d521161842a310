import childProcess from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { root } from "../../../scripts/folders.mjs";
import {
  clientCredentials,
  enterprise,
  type Grant,
  jwtBearer,
  type OAuthFetch,
} from "../../../src/auth/client/index.ts";
import { Client } from "../../../src/client/index.ts";
import { http } from "../../../src/client/http/index.ts";
import { memoryKeyValue } from "../../../src/stores/index.ts";
import type { Asked } from "../../client-http/scripted.ts";
import { post, type World, world } from "../../auth/world.ts";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** What this process writes while a test looks. */
let written: string[];

beforeEach(() => {
  written = [];
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...given) => void written.push(inspect(given, { depth: 20 })));
  }
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((chunk) => written.push(String(chunk)) > 0);
  }
});
afterEach(() => vi.restoreAllMocks());

/** All that is secret in what was sent and answered. */
function secretsOf({ authority, server }: World): string[] {
  const names = [
    "code",
    "code_verifier",
    "refresh_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "subject_token",
  ];
  const forms = authority.forms.flatMap((form) => names.map((name) => form.get(name)));
  const headers = [...authority.scripted.asked, ...server.scripted.asked].map(
    ({ headers }) => headers.authorization?.split(" ")[1],
  );
  const proofs = [...authority.scripted.asked, ...server.scripted.asked].map(({ headers }) => headers["dpop"]);
  const given = [...authority.tokens.keys(), ...authority.refreshTokens.keys(), ...authority.codes.keys()];
  const all = [...forms, ...headers, ...proofs, ...given, "known-secret", "session-canary", "basic-canary"];
  return all.filter((one): one is string => typeof one === "string" && one !== "");
}

/** Every way in which a thing can be looked at. */
function shown(thing: unknown): string {
  const error = thing instanceof Error ? [thing.message, thing.stack, String(thing), JSON.stringify(thing)] : [];
  return [inspect(thing, { depth: 30, showHidden: true, getters: true }), ...error].join("\n");
}

const GRANTS: Readonly<Record<string, () => Grant | undefined>> = {
  "a user": () => undefined,
  "a secret": () => clientCredentials({ client: { clientId: "known", clientSecret: "known-secret" } }),
  "a secret in the form": () =>
    clientCredentials({ client: { clientId: "known", clientSecret: "known-secret", method: "client_secret_post" } }),
  "a key": () => clientCredentials({ client: { clientId: "known", privateKey: pem, algorithm: "ES256" } }),
  "a platform": () => jwtBearer({ assertion: () => "assertion-canary-of-the-platform" }),
};

/** Repeats all that it was sent, in its words and in its headers. */
const echo =
  (status: number) =>
  (asked: Asked): boolean => {
    const all = `${asked.text} ${decodeURIComponent(asked.text)} ${asked.headers.authorization ?? ""} ${atob(asked.headers.authorization?.split(" ")[1] ?? "")}`;
    asked.json({ error: "invalid_request", error_description: all }, { "x-echo": "1" }, status);
    return true;
  };

describe("SEC-91: no token, code, verifier or secret is shown", () => {
  describe.each(Object.keys(GRANTS))("that belongs to %s", (name) => {
    const enter = (here: World, more: object = {}): OAuthFetch => {
      const grant = GRANTS[name]?.();
      return here.enter({ ...(grant !== undefined && { grant }), ...more });
    };

    it("in the fetch, in a client with it, or in what is told of events", async () => {
      const here = await world();
      const fetch = enter(here);
      expect((await post(fetch, here)).status).toBe(200);
      const looked = [shown(fetch), shown(here.events), shown(http(here.server.url, { fetch })), ...written].join("\n");
      for (const secret of secretsOf(here)) expect(looked).not.toContain(secret);
    });

    it.each([400, 401, 403, 429, 500])(
      "in the error for a token endpoint that repeats it with status %i",
      async (status) => {
        const here = await world({ instead: { "/token": echo(status) } });
        const failure = await post(enter(here), here).catch((error: unknown) => error);
        expect(failure).toMatchObject({ name: "AuthError" });
        const looked = [shown(failure), ...written].join("\n");
        for (const secret of secretsOf(here)) expect(looked).not.toContain(secret);
      },
    );

    it.each<[string, Record<string, unknown>]>([
      ["a type that nobody knows", { token_type: "canary-type" }],
      ["a token that cannot be sent", { access_token: "token canary" }],
      ["a time that is none", { access_token: "token-canary", expires_in: "canary" }],
    ])("in the error for an answer with %s", async (_, answer) => {
      const here = await world({ answer });
      const failure = await post(enter(here), here).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "AuthError", code: "token" });
      for (const secret of [...secretsOf(here), "token-canary", "token canary"]) {
        expect(shown(failure)).not.toContain(secret);
      }
    });

    it("in the error for a server that takes no token", async () => {
      const here = await world({}, { answer: (asked) => asked.reply(401, {}, asked.headers.authorization) });
      const fetch = enter(here);
      const failure = await Client.connect(http(here.server.url, { fetch })).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "AuthError", code: "rejected" });
      for (const secret of secretsOf(here)) expect(shown(failure)).not.toContain(secret);
    });

    it("in the error for a store that repeats it", async () => {
      const here = await world();
      const kept = memoryKeyValue();
      const store = {
        get: kept.get.bind(kept),
        delete: kept.delete.bind(kept),
        set: (_: string, __: string, value: never) => Promise.reject(new Error(JSON.stringify(value))),
      };
      const failure = await post(enter(here, { store }), here).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "AuthError", code: "store" });
      for (const secret of secretsOf(here)) expect(shown(failure)).not.toContain(secret);
    });
  });

  it("in the error for a callback", async () => {
    for (const change of [
      (parameters: URLSearchParams) => parameters.set("state", "x"),
      (parameters: URLSearchParams) => parameters.set("iss", "x"),
      (parameters: URLSearchParams) => {
        parameters.set("error", parameters.get("code") ?? "");
        parameters.set("error_description", `${parameters.get("code")} ${parameters.get("state")}`);
      },
    ]) {
      let state = "";
      const here = await world({
        callback(parameters) {
          state = parameters.get("state") ?? "";
          change(parameters);
        },
      });
      const failure = await post(here.enter(), here).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "AuthError" });
      for (const secret of [...secretsOf(here), state]) expect(shown(failure)).not.toContain(secret);
    }
  });

  it("in the errors for what a login at an enterprise gives", async () => {
    const subject = "id-token-canary";
    const idp = await world({ instead: { "/token": echo(400) } });
    const here = await world();
    const client = { clientId: "known", clientSecret: "known-secret" };
    const grant = enterprise({
      provider: { issuer: idp.authority.issuer, client },
      subjectToken: () => ({ type: "id_token", token: subject }),
      client,
    });
    const failure = await post(here.enter({ grant }), here).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "AuthError", code: "token" });
    for (const secret of [...secretsOf(idp), subject]) expect(shown(failure)).not.toContain(secret);
  });

  it("DPOP-1: in a fetch with keys", async () => {
    const here = await world({ answer: { token_type: "DPoP" } });
    here.server.manners.instead = {
      "/mcp": (asked) => {
        if (asked.headers.authorization === undefined) return false;
        asked.json({});
        return true;
      },
    };
    const fetch = here.enter({ dpop: true });
    await post(fetch, here);
    for (const secret of secretsOf(here)) expect(shown(fetch)).not.toContain(secret);
  });
});

describe("SEC-70: nothing is opened", () => {
  it("no process is started while a user gets in", async () => {
    const traps = (["spawn", "exec", "execFile", "fork", "spawnSync", "execSync"] as const).map((name) =>
      vi.spyOn(childProcess, name as "spawn"),
    );
    const here = await world();
    expect((await post(here.enter(), here)).status).toBe(200);
    for (const trap of traps) expect(trap).not.toHaveBeenCalled();
  });

  it("and no source of authorization could start one", () => {
    for (const folder of ["src/auth/client", "src/node"]) {
      for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
        if (!name.endsWith(".ts")) continue;
        expect(readFileSync(join(root, folder, name), "utf8"), name).not.toMatch(/child_process|["']open["']/);
      }
    }
  });
});
