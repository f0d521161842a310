export { type Asking, elicitForm, elicitUrl, question, questions } from "./ask.ts";
export { Round } from "./round.ts";
export { askInstead, fulfil, resume, suspend } from "./suspending.ts";
