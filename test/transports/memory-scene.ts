import type { Call, Listener, PeerOptions, Request, Response, Transport } from "../../src/jsonrpc/index.ts";
import { memory } from "../../src/transports/index.ts";

/** The two sides of a conversation in memory, and what they were told that they survived. */
export interface Sides {
  readonly here: Transport;
  readonly there: Transport;
  readonly problems: unknown[];
}

/** Opens both ends; who listens says the test. The options are those of the side that answers. */
export async function open(options: PeerOptions = {}): Promise<Sides> {
  const [one, other] = memory();
  const problems: unknown[] = [];
  const onProblem = (problem: unknown): void => void problems.push(problem);
  return { here: await one.open({ onProblem }), there: await other.open({ onProblem, ...options }), problems };
}

/** Opens both ends, of which the second answers. */
export async function answered(ask: Listener["ask"], options?: PeerOptions): Promise<Sides> {
  const sides = await open(options);
  sides.there.attach({ ask, emit: () => {} });
  sides.here.attach({ ask: () => undefined, emit: () => {} });
  return sides;
}

/** The response that says what came. */
export function echo({ id, params }: Request): Response {
  return { jsonrpc: "2.0", id, result: params };
}

/** Asks one side, whether it answers at once or later. */
export async function exchange(side: Transport, asked: Request, call: Call): Promise<Response> {
  return side.exchange(asked, call);
}
