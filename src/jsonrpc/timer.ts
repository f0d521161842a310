/** Timers count in 32 bits; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Runs a task after some milliseconds, however many, at once where they have passed already, and never after `Infinity`.
 * Gives back what prevents it.
 */
export function after(milliseconds: number, task: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (left: number): void => {
    // Node warns of a time that has passed.
    if (left <= LONGEST) timer = setTimeout(task, Math.max(0, left));
    else if (left < Number.POSITIVE_INFINITY) timer = setTimeout(() => wait(left - LONGEST), LONGEST);
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}
