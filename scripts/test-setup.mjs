// Runs once before the tests: says which Node runs them, and refuses one that is not the Node that npm was started with.
import { realpathSync } from "node:fs";

export default function setup() {
  console.log(`Node ${process.version}`);
  const starter = process.env.npm_node_execpath;
  if (starter === undefined) return;
  const [expected, actual] = [starter, process.execPath].map((path) => realpathSync(path));
  if (expected !== actual) throw new Error(`The tests run on ${actual}, but npm was started with ${expected}.`);
}
