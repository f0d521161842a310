export { type Difference, type Outcome, rehearse, type RehearsedCall, type RehearseOptions } from "./rehearse.ts";
