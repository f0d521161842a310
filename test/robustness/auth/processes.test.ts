import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { REDIRECT, world } from "../../auth/world.ts";
import { bundled } from "../harness/bundle.ts";

let folder: string;
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shared-"));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** Starts one that is ready to send. */
async function start(url: string): Promise<ChildProcess> {
  const program = await bundled(new URL("sharing.ts", import.meta.url));
  const child = fork(program, [url, join(folder, "tokens.json"), REDIRECT], { stdio: "inherit" });
  children.push(child);
  await once(child, "message");
  return child;
}

async function send(child: ChildProcess, ahead: number, count: number): Promise<number[]> {
  child.send({ ahead, count });
  const [statuses] = (await once(child, "message")) as [number[]];
  return statuses;
}

it("SEC-87: two processes that share a file refresh once when the time has come, and none loses its token", {
  timeout: 60_000,
}, async () => {
  const here = await world({ lifetime: 3600 });
  const [one, other] = await Promise.all([start(here.server.url), start(here.server.url)]);
  const both = (ahead: number, count: number): Promise<number[][]> =>
    Promise.all([one, other].map((child) => send(child as ChildProcess, ahead, count)));
  expect(await both(0, 1)).toEqual([[200], [200]]);
  expect(here.authority.authorizations).toHaveLength(1);
  for (let round = 1; round <= 5; round++) {
    // Each token is given in real time, so each round needs one of its own.
    for (const token of here.authority.tokens.values()) token.ended = true;
    const statuses = await both(round % 2 === 0 ? 3600_000 : 0, 20);
    expect(statuses).toEqual([Array(20).fill(200), Array(20).fill(200)]);
    expect(here.authority.forms).toHaveLength(1 + round);
  }
  expect(here.authority.authorizations).toHaveLength(1);
  expect(JSON.parse(await readFile(join(folder, "tokens.json"), "utf8"))).toBeTypeOf("object");
});

it("SEC-87: a process that is killed in the middle keeps no other from going on", { timeout: 60_000 }, async () => {
  const here = await world();
  const one = await start(here.server.url);
  await send(one, 0, 1);
  for (const token of here.authority.tokens.values()) token.ended = true;
  let held = true;
  here.authority.habits = { instead: { "/token": () => held } };
  one.send({ ahead: 0, count: 1 });
  await here.authority.scripted.until(({ text }) => text.includes("refresh_token"));
  one.kill("SIGKILL");
  held = false;
  const other = await start(here.server.url);
  expect(await send(other, 0, 1)).toEqual([200]);
});
