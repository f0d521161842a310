/** Sends requests of its own although the revision forbids them; a tool tells which answers came. */
import { answersOpening, answerText, onMessage, send } from "./by-hand.ts";

const answered: unknown[] = [];
onMessage((message) => {
  if (message.method === undefined) answered.push(message);
  else if (answersOpening(message)) {
    send({ id: 1, method: "ping" });
    send({ id: 2, method: "roots/list" });
    send({ id: 3, method: "no/such/method" });
  } else if (message.method === "tools/call") answerText(message, JSON.stringify(answered));
});
