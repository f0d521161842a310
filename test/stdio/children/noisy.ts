/** Prints noise on stdout, and at each call much on stderr in writes that block; ends when there is nothing to write. */
import { writeSync } from "node:fs";
import { answersOpening, answerText, onMessage } from "./by-hand.ts";

process.stdout.write("Listening on stdio\n\n{bad\n[1]\n");
onMessage((message) => {
  if (answersOpening(message) || message.method !== "tools/call") return;
  const { megabytes } = (message.params?.["arguments"] ?? {}) as { megabytes: number };
  if (megabytes === 0) process.exit(0);
  const chunk = Buffer.alloc(1024 * 64, 0xff);
  for (let at = 0; at < megabytes * 16; at++) writeSync(2, chunk);
  writeSync(2, "the last words\n");
  answerText(message, "written");
});
