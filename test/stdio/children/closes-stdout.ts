/** Answers the opening, closes its stdout at the first call, and lives on. */
import { closeSync } from "node:fs";
import { answersOpening, onMessage } from "./by-hand.ts";

process.on("SIGTERM", () => process.exit());
setInterval(() => {}, 1000);
onMessage((message) => {
  if (!answersOpening(message) && message.method === "tools/call") closeSync(1);
});
