/** Where something is kept: a `Map`, or a `WeakMap` for what lives as long as its key. */
interface Place<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

/** Gives what is kept for a key; what is not there is made, when it is first asked for. */
export function kept<K, V>(place: Place<K, V>, make: (key: K) => V): (key: K) => V {
  return (key) => {
    let value = place.get(key);
    if (value === undefined) place.set(key, (value = make(key)));
    return value;
  };
}
