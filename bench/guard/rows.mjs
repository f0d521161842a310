// What the guard watches. `kind` is `stdio`, or what the adapter serves over HTTP.
import { ORDER } from "../load/tools.mjs";

const echo = { params: { name: "echo", arguments: { text: "hello" } }, answer: '"text":"hello"' };
// In the text of the content the quotes are escaped.
const order = {
  params: { name: "order", arguments: ORDER },
  answer: '"itemCount":15,"summary":{"name":"Ada Lovelace","city":"London"',
};

/**
 * Calls of one run, and of the warm-up, after which all that is often run is compiled. A call over HTTP allocates so
 * much, with what `node:http` needs for it, that more of them would not fit into the space that no run may fill.
 */
const overStdio = { calls: 20_000, warmUp: 200_000 };
const overHttp = { calls: 10_000, warmUp: 40_000 };

export const rows = [
  { id: "W2 stdio 2025", kind: "stdio", modern: false, call: echo, ...overStdio },
  { id: "W2 stdio 2026", kind: "stdio", modern: true, call: echo, ...overStdio },
  { id: "W3 stateless 2025", kind: "stateless", modern: false, call: echo, ...overHttp },
  { id: "W3 session 2025", kind: "session", modern: false, call: echo, ...overHttp },
  { id: "W3 2026", kind: "2026", modern: true, call: echo, ...overHttp },
  { id: "W9 json", kind: "stdio", modern: false, call: order, ...overStdio },
];

export const rowOf = (id) => {
  const row = rows.find((one) => one.id === id);
  if (row === undefined) throw new Error(`No row "${id}"`);
  return row;
};
