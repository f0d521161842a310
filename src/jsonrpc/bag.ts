/** What can be in a {@link Bag}, in one at a time. */
export interface InBag {
  /** @internal Where it is in the bag; -1 in none. */
  place: number;
}

/**
 * An unordered set of things that know their place in it. A `Set` from which as much is taken as is put in makes a new
 * table every few dozen things, and keeps the old ones from being collected for long.
 */
export class Bag<T extends InBag> {
  readonly #things: T[] = [];

  get size(): number {
    return this.#things.length;
  }

  /** Puts one in, where it is not there already. */
  add(thing: T): void {
    if (thing.place >= 0) return;
    thing.place = this.#things.length;
    this.#things.push(thing);
  }

  /** Takes one out, where it is there. */
  delete(thing: T): void {
    const { place } = thing;
    if (place < 0) return;
    thing.place = -1;
    const last = this.#things.pop() as T;
    if (last === thing) return;
    this.#things[place] = last;
    last.place = place;
  }

  /** All that are in it now; it may change meanwhile. */
  all(): readonly T[] {
    return [...this.#things];
  }
}
