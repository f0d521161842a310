/** Everything that an iterator gives, or its first so many. */
export async function all<T>(list: AsyncIterable<T>, most = Number.POSITIVE_INFINITY): Promise<T[]> {
  const found: T[] = [];
  for await (const entry of list) {
    found.push(entry);
    if (found.length >= most) break;
  }
  return found;
}
