import { DefinitionError } from "../errors.ts";
import type { ListContext } from "./list-context.ts";

/** Tells whether a caller may see and use a feature. Called for every list and every use, so keep it cheap. */
export type Visible = (context: ListContext) => boolean;

/** What tools, resources, templates and prompts have in common inside a registry. */
export interface Feature {
  /** The name, or the URI or URI template of a resource. */
  readonly name: string;
  readonly visible?: Visible | undefined;
}

/** A feature in its place: `order` never changes, and is never given twice. */
export interface Entry<F extends Feature> {
  readonly feature: F;
  readonly order: number;
  enabled: boolean;
}

/**
 * The tools of a server, or its resources, templates or prompts: in order of registration, changeable at any time.
 * Clients that listen are told of every change.
 */
export class Features<F extends Feature> {
  readonly #kind: string;
  readonly #entries = new Map<string, Entry<F>>();
  readonly #listeners: (() => void)[] = [];
  #last = 0;
  #selective = false;
  /** Those that are enabled, in order; made when first asked for. */
  #enabled: readonly Entry<F>[] | undefined;

  /** @internal */
  constructor(kind: string) {
    this.#kind = kind;
  }

  /** @internal Tells of every change, at once. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** How many there are, disabled ones included. */
  get size(): number {
    return this.#entries.size;
  }

  /** The names, in order of registration, disabled ones included. */
  names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Whether there is one of this name, disabled or not. */
  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Takes one out for good. Calls of it that run go on. False when there is none. */
  remove(name: string): boolean {
    const removed = this.#entries.delete(name);
    if (removed) this.#changed();
    return removed;
  }

  /** Hides one from every caller until it is enabled again. False when there is none. */
  disable(name: string): boolean {
    return this.#switch(name, false);
  }

  /** Shows a disabled one again, in its old place. False when there is none. */
  enable(name: string): boolean {
    return this.#switch(name, true);
  }

  /** @internal */
  add(feature: F): void {
    if (this.#entries.has(feature.name)) {
      throw new DefinitionError(`There is a ${this.#kind} "${feature.name}" already: remove it first, or rename one`);
    }
    this.#entries.set(feature.name, { feature, order: ++this.#last, enabled: true });
    if (feature.visible !== undefined) this.#selective = true;
    this.#changed();
  }

  /** @internal The one of this name, where this caller may use it. */
  find(name: string, context: ListContext): F | undefined {
    const entry = this.#entries.get(name);
    return entry !== undefined && isShown(entry, context) ? entry.feature : undefined;
  }

  /** @internal The one of this name, where it is not disabled, whoever asks. */
  get(name: string): F | undefined {
    const entry = this.#entries.get(name);
    return entry?.enabled === true ? entry.feature : undefined;
  }

  /** @internal Whether what is seen depends on who looks. */
  get selective(): boolean {
    return this.#selective;
  }

  /** @internal What this caller sees, in order. */
  shown(context: ListContext): readonly Entry<F>[] {
    this.#enabled ??= [...this.#entries.values()].filter(({ enabled }) => enabled);
    return this.#selective ? this.#enabled.filter((entry) => isShown(entry, context)) : this.#enabled;
  }

  #changed(): void {
    this.#enabled = undefined;
    for (const listener of this.#listeners) listener();
  }

  #switch(name: string, enabled: boolean): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined) return false;
    if (entry.enabled !== enabled) {
      entry.enabled = enabled;
      this.#changed();
    }
    return true;
  }
}

function isShown<F extends Feature>(entry: Entry<F>, context: ListContext): boolean {
  return entry.enabled && (entry.feature.visible === undefined || entry.feature.visible(context));
}
