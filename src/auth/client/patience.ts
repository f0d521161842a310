import { after } from "../../jsonrpc/index.ts";
import type { Eventually } from "../../stores/index.ts";

/** What work gives, unless it takes longer than some milliseconds: then rejects with the error that `late` gives. */
export async function inTime<T>(patience: number, work: () => Eventually<T>, late: () => Error): Promise<T> {
  let cancel: (() => void) | undefined;
  const over = new Promise<never>((_, reject) => {
    cancel = after(patience, () => reject(late()));
  });
  try {
    return await Promise.race([work(), over]);
  } finally {
    cancel?.();
  }
}
