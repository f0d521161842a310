/** A program that connects to a server and ends in some way: `host <way> <program...>`. */
import { Client } from "mcplex/client";
import { stdio } from "mcplex/client/stdio";

const [way, ...args] = process.argv.slice(2);
if (way === "handles SIGINT") {
  process.on("SIGINT", () => {
    process.stdout.write("interrupted\n");
    process.on("SIGUSR2", () => process.exit(7));
  });
}
const server = stdio({
  command: process.execPath,
  args,
  stderr: (line) => process.stdout.write(`${line}\n`),
});
await Client.connect(server);
process.stdout.write("connected\n");
// The rest happens when the test has read the lines before.
process.stdin.once("data", () => {
  if (way === "exits") process.exit(0);
  if (way === "throws") throw new Error("The host fails");
});
