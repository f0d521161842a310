/** At each call sends requests of its own, although the revision forbids them, and tells which answers came before. */
import { answersOpening, answerText, onMessage, send } from "./by-hand.ts";

const answered: unknown[] = [];
onMessage((message) => {
  if (message.method === undefined) answered.push(message);
  else if (!answersOpening(message) && message.method === "tools/call") {
    send({ id: 1, method: "ping" });
    send({ id: 2, method: "roots/list" });
    send({ id: 3, method: "no/such/method" });
    answerText(message, JSON.stringify(answered));
  }
});
