/** Ends neither with its stdin nor by SIGTERM. */
import { answersOpening, onMessage } from "./by-hand.ts";

process.on("SIGTERM", () => process.stderr.write("not by SIGTERM\n"));
setInterval(() => {}, 1000);
onMessage((message) => void answersOpening(message));
process.stderr.write(`pid ${process.pid}\n`);
