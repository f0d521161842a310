/** Waiting with an end: nothing here sleeps and hopes. */
import { setTimeout as pause } from "node:timers/promises";

/** What a promise gives, if it does so in time. @throws Error that says what did not come. */
export async function within<T>(milliseconds: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks again and again until something holds. @throws Error that says what did not hold in time. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  milliseconds = 5000,
  every = 10,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Not within ${milliseconds} ms: ${what}`);
    await pause(every);
  }
}
