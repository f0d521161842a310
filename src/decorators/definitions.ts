import { DefinitionError } from "../errors.ts";
import { type Definition, definitionsOf } from "../server/index.ts";

/** Makes a definition of a decorated method and the instance that it is called on. */
export type Make = (instance: object) => Definition;

// No engine has `Symbol.metadata` yet. Without it the emit of TypeScript keeps no metadata, and that of esbuild keeps it
// under this symbol, so both agree when a class of one extends a class of the other.
const underMetadata = ((Symbol as unknown as { metadata?: symbol }).metadata ??= Symbol.for("Symbol.metadata"));

/** What is decorated in a class itself, by its metadata and the key of the method. */
const decorated = new WeakMap<object, Map<PropertyKey, Make[]>>();

/** Remembers a decorated method in the metadata of its class. */
export function remember(metadata: object, key: PropertyKey, make: Make): void {
  let methods = decorated.get(metadata);
  if (methods === undefined) {
    decorated.set(metadata, (methods = new Map()));
    (metadata as Record<symbol, unknown>)[definitionsOf] = definitions;
  }
  const makes = methods.get(key);
  if (makes === undefined) methods.set(key, [make]);
  else makes.push(make);
}

/**
 * The tools, prompts and resources that the class of an instance has as decorated methods, those of its base classes
 * first. Where a method is decorated in a subclass again, that replaces what its base says of it. The methods are looked
 * up and called on the instance, so those that a subclass overrides are its own.
 *
 * `server.add(instance)` does the same; this is for who wants to change or leave out some of them.
 *
 * @throws DefinitionError when no method of the class is decorated.
 */
export function definitions(instance: object): Definition[] {
  const levels: Map<PropertyKey, Make[]>[] = [];
  const made = instance.constructor as any;
  for (let level = made?.[underMetadata]; level; level = Object.getPrototypeOf(level)) {
    levels.unshift(decorated.get(level) ?? new Map());
  }
  const methods = new Map(levels.flatMap((methodsOfLevel) => [...methodsOfLevel]));
  if (methods.size > 0) return [...methods.values()].flat().map((make) => make(instance));
  const fix = "decorate one with @tool, @prompt or @resource, and give an instance, not the class";
  throw new DefinitionError(`No method of ${made?.name} is decorated: ${fix}`);
}

/**
 * The definitions of an instance, with a prefix before the name of each tool and prompt, so that several instances of one
 * class stand side by side.
 *
 * @example
 * ```ts
 * server.add(...withPrefix("north_", new Shop("north")), ...withPrefix("south_", new Shop("south")));
 * ```
 * @throws DefinitionError when the class has a resource: it goes by its URI, which a prefix would make another one.
 */
export function withPrefix(prefix: string, instance: object): Definition[] {
  return definitions(instance).map((definition) => {
    if (definition.kind !== "resource") return { ...definition, name: prefix + definition.name };
    const fix = "add it with server.resource(), under a URI of each instance's own";
    throw new DefinitionError(`The resource "${definition.uri}" has a URI, which takes no prefix: ${fix}`);
  });
}
