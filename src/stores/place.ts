/** One text for an owner and a key. The length of the owner stands first, so that no two pairs give the same text. */
export function placeOf(owner: string, key: string): string {
  return `${owner.length} ${owner}${key}`;
}
