import { arrayKeywords, unevaluatedItems } from "./array-keywords.ts";
import { bareReference, combining, combining2020 } from "./combining-keywords.ts";
import { type Compiler, type Keyword, valueFor } from "./compiler.ts";
import { type Check, Evaluation, every, mismatch, outOfWork, refusal, Seen, tooDeep } from "./evaluation.ts";
import type { FormatTest } from "./formats.ts";
import { type JsonSchema, SchemaError, type Validator } from "../index.ts";
import { scalarKeywords } from "./keywords.ts";
import { objectKeywords, unevaluatedProperties } from "./object-keywords.ts";
import { type Glance, plain } from "./plain.ts";
import { authorPatterns, loadLinearPatterns, type PatternEngine, type PatternTest } from "./patterns.ts";
import {
  authorLimits,
  isBareReference,
  peerLimits,
  SchemaDocument,
  type SchemaLimits,
  type SchemaResource,
  type Subschema,
  valueOf,
} from "./references.ts";

/** How a schema is compiled. */
export interface CompileOptions {
  /** The engine of `pattern` and `patternProperties`; {@link authorPatterns} when left out. */
  readonly patterns?: PatternEngine;
  /**
   * Steps that one validation may take; a step takes some 10 to 40 ns. A value that needs more is not valid, and the
   * issue says so. 10,000,000 when left out, 2,000,000 for the schema of a peer.
   */
  readonly work?: number;
  /** The formats that are asserted, such as `knownFormats`; none when left out, as the specification has it. */
  readonly formats?: ReadonlyMap<string, FormatTest>;
  /** How large the schema may be. */
  readonly limits?: Partial<SchemaLimits>;
}

const AUTHOR_WORK = 10_000_000;
const PEER_WORK = 2_000_000;

/** The work of all the patterns of one schema for one character; what their programs cost in memory and to build. */
const MAX_PATTERN_WORK = 5_000;

/** The work to start a linear pattern on a text, however short. */
const PATTERN_START = 10;

/**
 * Compiles a JSON Schema of dialect 2020-12 (also when it declares none) or draft-07 to closures. No code is generated
 * and nothing is fetched.
 *
 * With its defaults it is for schemas that the author of the program wrote; for those of a peer see {@link compilePeer}.
 * Throws a {@link SchemaError}.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-validation
 */
export function compile(schema: JsonSchema | boolean, options: CompileOptions = {}): Validator {
  const document = documentOf(schema, options);
  const matches = plain(schema);
  return matches === undefined ? closely(document, options) : atAGlance(matches, schema, options);
}

function documentOf(schema: JsonSchema | boolean, { limits }: CompileOptions): SchemaDocument {
  return new SchemaDocument(schema, { ...authorLimits, ...limits });
}

/** Most plain schemas never meet a value that does not match: what says why is made for the first one. */
function atAGlance(matches: Glance, schema: JsonSchema | boolean, options: CompileOptions): Validator {
  let look: Validator | undefined;
  return (value) => {
    if (matches(value)) return undefined;
    look ??= closely(documentOf(schema, options), options);
    return look(value);
  };
}

/** The validator that can say what is wrong. */
function closely(document: SchemaDocument, options: CompileOptions): Validator {
  const { work = AUTHOR_WORK } = options;
  const compiler = new SchemaCompiler(document, options);
  const { root, tracks, hasDynamicScope } = compiler.document;
  const { check } = compiler;
  const noScope: SchemaResource[] = [];
  return (value) => {
    let run = new Evaluation(work, hasDynamicScope ? [root.resource] : noScope, false, tracks);
    let reason = mismatch;
    try {
      if (check(value, run)) return undefined;
      run = new Evaluation(work, [root.resource], true, tracks);
      check(value, run);
    } catch (error) {
      // A stack that is nearly full when the validation begins ends it earlier than its own limit does.
      if (error instanceof RangeError || error === tooDeep) reason = tooDeep;
      else if (error === outOfWork) reason = outOfWork;
      else throw error;
    }
    return run.issues?.length ? run.issues : [reason];
  };
}

/**
 * Compiles a schema that came from a peer: within the limits for those, with less work, and with patterns that take
 * linear time. The engine of the patterns is imported when the first schema with a pattern arrives.
 *
 * Rejects with a {@link SchemaError}, also for a pattern with back references or look-around that cannot be done so.
 */
export async function compilePeer(schema: JsonSchema | boolean, options: CompileOptions = {}): Promise<Validator> {
  const bounded = { work: PEER_WORK, ...options, limits: { ...peerLimits, ...options.limits } };
  if (options.patterns !== undefined) return compile(schema, bounded);
  let needed = false;
  const noting: PatternEngine = () => {
    needed = true;
    return () => true;
  };
  const validator = compile(schema, { ...bounded, patterns: noting });
  return needed ? compile(schema, { ...bounded, patterns: await loadLinearPatterns() }) : validator;
}

const keywords: readonly Keyword[] = [...scalarKeywords, ...objectKeywords, ...arrayKeywords, ...combining];
const keywords2020: readonly Keyword[] = [...keywords, ...combining2020];
const unevaluated: readonly Keyword[] = [unevaluatedProperties, unevaluatedItems];

class SchemaCompiler implements Compiler {
  readonly document: SchemaDocument;
  readonly formats: ReadonlyMap<string, FormatTest> | undefined;
  readonly check: Check;
  readonly #patterns: PatternEngine;
  readonly #targets = new Map<Subschema, { check: Check | undefined }>();
  #patternWork = 0;

  constructor(document: SchemaDocument, { formats, patterns = authorPatterns }: CompileOptions) {
    this.document = document;
    this.formats = formats;
    this.#patterns = patterns;
    this.check = this.#compile(this.document.root);
    // Whatever is compiled may refer to more, which this loop then visits too.
    for (const at of this.#targets.keys()) this.#compile(at);
  }

  child(at: Subschema, ...keys: (string | number)[]): Check {
    const child = this.document.child(at, ...keys);
    if (child === undefined) throw new SchemaError(`"${keys.join("/")}" must be a schema`, at.pointer);
    return this.#compile(child);
  }

  optional(at: Subschema, keyword: string): Check | undefined {
    return valueOf(at, keyword) === undefined ? undefined : this.child(at, keyword);
  }

  list(at: Subschema, keyword: string): readonly Check[] | undefined {
    const list = valueFor<readonly unknown[] | undefined>(at, keyword, "a list of schemas", Array.isArray);
    return list?.map((_, index) => this.child(at, keyword, index));
  }

  target(at: Subschema): { readonly check: Check } {
    return this.#target(at) as { check: Check };
  }

  #target(at: Subschema): { check: Check | undefined } {
    const target = this.#targets.get(at) ?? { check: undefined };
    this.#targets.set(at, target);
    return target;
  }

  #compile(at: Subschema): Check {
    const target = this.#target(at);
    target.check ??= this.#combine(at);
    return target.check;
  }

  #combine(at: Subschema): Check {
    if (at.schema === true) return every([]);
    if (at.schema === false) {
      const refuse = refusal(at, "", "is not allowed");
      return (_, run) => refuse(run);
    }
    const { isDraft07, pointer } = at.resource;
    const { hasDynamicScope, tracks } = this.document;
    let check = every(this.#checks(at, isBareReference(at) ? bareReference : isDraft07 ? keywords : keywords2020));
    if (tracks) check = tracked(check, isDraft07 ? [] : this.#checks(at, unevaluated));
    return hasDynamicScope && at.pointer === pointer ? scoped(at.resource, check) : check;
  }

  #checks(at: Subschema, list: readonly Keyword[]): Check[] {
    return list.map((keyword) => keyword(at, this)).filter((check) => check !== undefined);
  }

  pattern(at: Subschema, keyword: string, source: string): (text: string, run: Evaluation) => boolean {
    let test: PatternTest;
    try {
      test = this.#patterns(source);
    } catch (error) {
      throw new SchemaError(`"${keyword}" cannot be used: ${(error as Error).message}`, at.pointer, { cause: error });
    }
    const { work = 0 } = test;
    this.#patternWork += work;
    if (this.#patternWork > MAX_PATTERN_WORK) throw new SchemaError("its patterns are too large together", at.pointer);
    return (text, run) => {
      run.spend(work === 0 ? 1 : PATTERN_START + work * text.length);
      return test(text);
    };
  }
}

/** Begins anew what is evaluated of a value, and hands it to the schema outside when the value is valid. */
function tracked(all: Check, unevaluated: readonly Check[]): Check {
  const last = every(unevaluated);
  return (value, run) => {
    const outer = run.seen;
    if (typeof value !== "object" || value === null) return all(value, run);
    if (outer === undefined && unevaluated.length === 0) return all(value, run);
    run.spend(8);
    const own = new Seen();
    run.seen = own;
    const valid = all(value, run) && last(value, run);
    run.seen = outer;
    if (valid) outer?.add(own, run);
    return valid;
  };
}

/** Enters the resource that a schema with `$id` begins. */
function scoped(resource: SchemaResource, all: Check): Check {
  return (value, run) => {
    run.scope.push(resource);
    const valid = all(value, run);
    run.scope.pop();
    return valid;
  };
}
