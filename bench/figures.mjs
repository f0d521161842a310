// What a benchmark makes of its samples.

/** The value at a part of the sorted samples, between two of them where it falls there. */
export function quantile(samples, part) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
}

export const median = (samples) => quantile(samples, 0.5);

/** Throws when an answer was wrong: a server that answers with errors is not a fast one. */
export function checked(loaded) {
  if (loaded.count === 0) throw new Error("No answer");
  if (loaded.bad > 0) throw new Error(`${loaded.bad} of ${loaded.count} answers were wrong`);
  return loaded;
}

/** CPU time of a server in microseconds for each operation of a load. */
export async function costOf(server, load) {
  const before = await server.cpu();
  const { count } = checked(await load());
  return ((await server.cpu()) - before) / count;
}

/** The median latency of a load in microseconds. */
export const latencyOf = async (load) => 1000 * median(checked(await load()).latencies);
