/** Answers the opening, then stops reading and lives on. */
import { answersOpening, type Incoming, send } from "./by-hand.ts";

let text = "";
process.stdin.setEncoding("utf8").on("data", (chunk: string) => {
  text += chunk;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
    const message = JSON.parse(text.slice(0, end)) as Incoming;
    text = text.slice(end + 1);
    if (answersOpening(message)) continue;
    process.stdin.pause();
    send({ method: "notifications/message", params: { level: "info", data: "deaf now" } });
    return;
  }
});
process.on("SIGTERM", () => process.exit());
setInterval(() => {}, 1000);
