import { LocalError } from "../errors.ts";
import { after } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";

/** The outcome of a store, unless it is silent for `limits.cacheTimeout`. */
export function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const { cacheTimeout } = limits;
    const late = after(cacheTimeout, () =>
      reject(new LocalError("timeout", `The store of the option cache did not answer in ${cacheTimeout} ms`)),
    );
    answer.then(resolve, reject).finally(late);
  });
}

/** The outcome of a request that others wait for as well, unless this asker gives it up. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new LocalError("aborted", "Aborted", { cause: signal.reason }));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
