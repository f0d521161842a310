/** One challenge of a `WWW-Authenticate` field: a scheme and its parameters, both in lower case. */
interface Challenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

/** What a server demands with status 401 or 403. */
export interface Demand {
  /** The code of RFC 6750 or RFC 9449, such as `insufficient_scope`. */
  readonly error: string | undefined;
  /** The scopes that the request needs. */
  readonly scope: string | undefined;
  /** Where the metadata of the protected resource is. */
  readonly resourceMetadata: string | undefined;
}

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** Reads what a server demands; challenges of other schemes than Bearer and DPoP say nothing about it. */
export function demandOf(field: string | null): Demand {
  const ours = challengesOf(field ?? "").filter(({ scheme }) => scheme === "bearer" || scheme === "dpop");
  const find = (name: string): string | undefined =>
    ours.map(({ parameters }) => parameters.get(name)).find((value) => value !== undefined);
  const scope = find("scope")?.trim();
  return {
    error: find("error"),
    scope: scope !== undefined && SCOPE.test(scope) ? scope : undefined,
    resourceMetadata: find("resource_metadata"),
  };
}

/**
 * Reads a field by its grammar, each character at most a few times. What comes after a mistake is left out.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
function challengesOf(field: string): Challenge[] {
  const challenges: Challenge[] = [];
  const scanner = new Scanner(field);
  for (;;) {
    scanner.take(/[ \t,]*/y);
    const name = scanner.take(TOKEN).toLowerCase();
    if (name === "") return challenges;
    const spaced = scanner.take(/[ \t]*/y) !== "";
    const value = challenges.length > 0 ? scanner.value() : undefined;
    if (value === BROKEN) return challenges;
    if (value === undefined) {
      challenges.push({ scheme: name, parameters: new Map() });
      // Credentials in one piece, such as those of Negotiate.
      if (spaced) scanner.take(/[\w\-.~+/]+=*[ \t]*(?=,|$)/y);
      continue;
    }
    const { parameters } = challenges.at(-1) as Challenge;
    if (!parameters.has(name)) parameters.set(name, value);
  }
}

const TOKEN = /[!#$%&'*+\-.^_`|~\w]+/y;

/** A quoted string that never ends, or a value that is none. */
const BROKEN: unique symbol = Symbol("broken");

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** What a sticky pattern matches here, and goes behind it. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  /** The value of a parameter, where `=` comes next. */
  value(): string | typeof BROKEN | undefined {
    if (this.#text[this.#at] !== "=") return undefined;
    this.#at++;
    this.take(/[ \t]*/y);
    if (this.#text[this.#at] !== '"') return this.take(TOKEN) || BROKEN;
    let value = "";
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character === '"') {
        this.#at++;
        return value;
      }
      if (character === "\\") this.#at++;
      value += this.#text[this.#at] ?? "";
    }
    return BROKEN;
  }
}
