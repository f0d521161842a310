export { knownFormats } from "./formats.ts";
export { authorPatterns, loadLinearPatterns, type PatternEngine } from "./patterns.ts";
export { compile, type CompileOptions, compilePeer } from "./validator.ts";
