// Whether calls leave something on the heap: what is in use after some calls, and after ten times as many.

/** How long calls are made before they are counted, in milliseconds. */
const SLICE = 100;

/** How much more may be in use, in bytes. */
const MOST = 2 * 1024 * 1024;

/** Calls until there were so many; gives how many there were. */
async function callUntil(server, made, wanted) {
  let count = made;
  while (count < wanted) count += (await server.load(SLICE)).count;
  return count;
}

/** Compares the heap: gives a line of the table. */
export async function compareHeap(name, start, [few, many]) {
  const server = await start();
  try {
    const first = await callUntil(server, 0, few);
    const before = await server.heap();
    await callUntil(server, first, many);
    const after = await server.heap();
    const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(2)} MB`;
    const more = after - before;
    return {
      cells: [name, megabytes(before), megabytes(after), megabytes(more), `at most ${megabytes(MOST)}`],
      met: more <= MOST,
    };
  } finally {
    await server.stop();
  }
}
