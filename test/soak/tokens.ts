/** Two processes that share a file of tokens, with many requests at the moment at which the token ends, again and again. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority, Protected } from "../auth/authority.ts";

const ROUNDS = 100;
const REQUESTS = 20;
const LIFETIME = 3600;

/** Runs all of it; gives what went wrong. */
export async function tokens(say: (line: string) => void): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "tokens-"));
  const authority = await Authority.start({ lifetime: LIFETIME });
  const server = await Protected.start(authority);
  const children = [1, 2].map(() => start(server.url, join(folder, "tokens.json")));
  try {
    await Promise.all(children.map((child) => once(child, "message")));
    const mistakes: string[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      for (const token of authority.tokens.values()) token.ended = true;
      const before = authority.forms.length;
      const replies = await Promise.all(children.map((child) => sendAll(child, round * LIFETIME * 1000)));
      const failed = replies.flat().filter((status) => status !== 200).length;
      const asked = authority.forms.length - before;
      if (failed > 0 || asked !== 1) mistakes.push(`round ${round}: ${failed} failed, ${asked} requests for tokens`);
    }
    const { length } = authority.authorizations;
    if (length !== 1) mistakes.push(`the user was asked ${length} times`);
    say(`${ROUNDS} refreshes for ${ROUNDS * REQUESTS * children.length} requests of ${children.length} processes`);
    return mistakes;
  } finally {
    for (const child of children) child.kill();
    await Promise.all([server.close(), authority.close(), rm(folder, { recursive: true, force: true })]);
  }
}

/** The program of the tests of robustness, on the built package. */
function start(url: string, path: string): ChildProcess {
  const here = import.meta.dirname;
  const program = join(here, "..", "robustness", "auth", "sharing.ts");
  return fork(join(here, "..", "..", "scripts", "run.mjs"), [program, url, path, "http://127.0.0.1:9/callback"]);
}

async function sendAll(child: ChildProcess, ahead: number): Promise<number[]> {
  child.send({ ahead, count: REQUESTS });
  const [statuses] = (await once(child, "message")) as [number[]];
  return statuses;
}
