/** Runs the soak suite, or the parts of it that are named: `npm run test:soak -- cuts`. */
import process from "node:process";
import { cuts } from "./cuts.ts";
import { left } from "./left.ts";
import { mix } from "./mix.ts";
import { stalled } from "./stalled.ts";
import { tokens } from "./tokens.ts";

/** A part prints what it did, and gives what went wrong. */
const parts: Record<string, (say: (line: string) => void) => Promise<string[]>> = {
  cuts,
  mix,
  stalled,
  left,
  tokens,
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
for (const name of names) {
  const part = parts[name];
  if (part === undefined) throw new Error(`No part named ${name}. There are: ${Object.keys(parts).join(", ")}`);
  const started = performance.now();
  const mistakes = await part((line) => console.log(`      ${name}: ${line}`));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${mistakes.length === 0 ? "ok  " : "FAIL"}  ${name}, ${seconds} s`);
  for (const mistake of mistakes) console.log(mistake.replace(/^/gm, "      "));
  if (mistakes.length > 0) process.exitCode = 1;
}
