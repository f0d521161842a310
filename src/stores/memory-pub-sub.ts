import { placeOf } from "./place.ts";
import type { PubSub } from "./types.ts";

/** A {@link PubSub} in the memory of this process. It delivers before `publish` returns. */
export function memoryPubSub(): PubSub {
  const topics = new Map<string, Set<(text: string) => void>>();
  return {
    publish(owner, topic, text) {
      // Who comes or goes meanwhile does not change who hears of this.
      for (const listener of [...(topics.get(placeOf(owner, topic)) ?? [])]) listener(text);
    },
    subscribe(owner, topic, listener) {
      const place = placeOf(owner, topic);
      const listeners = topics.get(place) ?? new Set();
      // The same function may be there twice.
      const own = (text: string): void => listener(text);
      topics.set(place, listeners.add(own));
      return () => {
        if (listeners.delete(own) && listeners.size === 0) topics.delete(place);
      };
    },
  };
}
