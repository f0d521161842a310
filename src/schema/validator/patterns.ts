/** Whether a pattern is found anywhere in a text. */
export interface PatternTest {
  (text: string): boolean;
  /** How much work one character of the text makes, at most; 0 when left out. Counts against the work of a validation. */
  readonly work?: number;
}

/** Compiles the source of an ECMA-262 pattern. Throws when it cannot. */
export type PatternEngine = (source: string) => PatternTest;

/**
 * The patterns of the runtime, with the `u` flag where the source allows it. Their time has no bound, so they are for
 * schemas that the author of the program wrote, never for those of a peer.
 */
export const authorPatterns: PatternEngine = (source) => {
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, "u");
  } catch {
    pattern = new RegExp(source);
  }
  return (text) => pattern.test(text);
};

/** The patterns for schemas of a peer: they take linear time. Their engine is imported when this is first called. */
export async function loadLinearPatterns(): Promise<PatternEngine> {
  const { linearPatterns } = await import("./linear-patterns.ts");
  return linearPatterns;
}
