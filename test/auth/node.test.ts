import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { type CallbackReceiver, fileTokenStore, receiveCallback } from "../../src/node/index.ts";
import { browse } from "./authority.ts";
import { post, world } from "./world.ts";

/** The user's browser goes to a URL, and where that leads. */
async function visit(url: URL): Promise<void> {
  await fetch(await browse(url));
}

describe("receiveCallback", () => {
  let receiver: CallbackReceiver;
  const authorization = (state: string): URL => new URL(`https://as.example/authorize?state=${state}`);

  beforeEach(async () => {
    receiver = await receiveCallback();
  });
  afterEach(() => receiver.close().catch(() => {}));

  it("gives the callback of an authorization", async () => {
    const given = receiver.callback(authorization("s1"));
    const reply = await fetch(`${receiver.redirectUri}?state=s1&code=c`);
    expect([reply.status, reply.headers.get("referrer-policy")]).toEqual([200, "no-referrer"]);
    expect(await reply.text()).not.toContain("c=");
    expect(Object.fromEntries((await given).searchParams)).toEqual({ state: "s1", code: "c" });
  });

  it("AUTH-20: is on this machine, and not to be reached from another", () => {
    expect(new URL(receiver.redirectUri).hostname).toBe("127.0.0.1");
  });

  it("SEC-73, SEC-71: what belongs to nothing changes nothing, and a state is good for one use", async () => {
    const given = receiver.callback(authorization("s1"));
    const other = receiver.callback(authorization("s2"));
    for (const query of ["", "?state=", "?state=wrong&code=x", "?code=x", "?state=s&code=x", "?state=s10"]) {
      expect((await fetch(receiver.redirectUri + query)).status).toBe(400);
    }
    expect((await fetch(`${receiver.redirectUri}/other?state=s1`)).status).toBe(404);
    expect((await fetch(`${receiver.redirectUri}?state=s1`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${receiver.redirectUri}?state=s1&code=right`)).status).toBe(200);
    expect((await fetch(`${receiver.redirectUri}?state=s1&code=again`)).status).toBe(400);
    expect((await given).searchParams.get("code")).toBe("right");
    await fetch(`${receiver.redirectUri}?state=s2&code=second`);
    expect((await other).searchParams.get("code")).toBe("second");
  });

  it("is rejected when it is closed, and when nobody waits any more", async () => {
    const controller = new AbortController();
    const aborted = receiver.callback(authorization("s1"), { signal: controller.signal });
    const closed = receiver.callback(authorization("s2"));
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    expect((await fetch(`${receiver.redirectUri}?state=s1&code=c`)).status).toBe(400);
    await Promise.all([expect(closed).rejects.toThrow("closed"), receiver.close()]);
  });

  it("refuses a path that is none, and an authorization without state", async () => {
    await expect(receiveCallback({ path: "callback" })).rejects.toThrow(DefinitionError);
    expect(() => receiver.callback(new URL("https://as.example/"))).toThrow(DefinitionError);
  });

  it("gets a user in, from end to end", async () => {
    const here = await world();
    const fetch = here.enter(
      {},
      {
        redirectUri: receiver.redirectUri,
        authorize(url, { signal }) {
          void visit(url);
          return receiver.callback(url, { signal });
        },
      },
    );
    expect((await post(fetch, here)).status).toBe(200);
  });
});

describe("fileTokenStore", () => {
  let folder: string;
  const path = (): string => join(folder, "deep", "tokens.json");

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tokens-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("keeps values that outlive it, for their owners, and for their time", async () => {
    const store = await fileTokenStore(path());
    await store.set("a", "k", { token: 1 });
    await store.set("b", "k", "other");
    await store.set("a", "short", 1, 0);
    const again = await fileTokenStore(path());
    expect([await again.get("a", "k"), await again.get("b", "k"), await again.get("a", "short")]).toEqual([
      { token: 1 },
      "other",
      undefined,
    ]);
    expect([await again.delete("a", "k"), await again.delete("a", "k")]).toEqual([true, false]);
    expect(await store.get("a", "k")).toBeUndefined();
    expect(await store.get("__proto__", "k")).toBeUndefined();
  });

  it.skipIf(process.platform === "win32")("can be read by its user alone", async () => {
    const store = await fileTokenStore(path());
    await store.set("a", "k", 1);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "deep"))).mode & 0o777).toBe(0o700);
    await chmod(path(), 0o644);
    await fileTokenStore(path());
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });

  it("loses nothing of what is written at the same time, and leaves nothing behind", async () => {
    const stores = await Promise.all([1, 2, 3].map(() => fileTokenStore(path())));
    await Promise.all(
      stores.flatMap((store, of) =>
        Array.from({ length: 10 }, (_, at) => Promise.resolve(store.set(`${of}`, `${at}`, at))),
      ),
    );
    const [store] = stores;
    for (let of = 0; of < 3; of++) for (let at = 0; at < 10; at++) expect(await store?.get(`${of}`, `${at}`)).toBe(at);
    expect(await readdir(join(folder, "deep"))).toEqual(["tokens.json"]);
  });

  it("takes over the lock of a process that is gone", async () => {
    const store = await fileTokenStore(path());
    const lock = `${path()}.lock`;
    await writeFile(lock, "somebody");
    await utimes(lock, 0, 0);
    await store.set("a", "k", 1);
    expect(await store.get("a", "k")).toBe(1);
    await expect(readFile(lock)).rejects.toThrow("ENOENT");
  });

  it("does not show a file that is broken", async () => {
    const store = await fileTokenStore(path());
    await writeFile(path(), '{"secret-token');
    const failure = await Promise.resolve(store.get("a", "k")).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DefinitionError);
    expect(String(failure)).not.toContain("secret-token");
  });
});
