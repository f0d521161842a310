/** Ends at the sight of any request that is no handshake, as some servers do. */
import { answersOpening, answerText, onMessage } from "./by-hand.ts";

process.stderr.write("started\n");
let open = false;
onMessage((message) => {
  if (message.method === "initialize") open = answersOpening(message);
  else if (!open) process.exit(0);
  else if (message.method === "tools/call") answerText(message, `process ${process.pid}`);
});
