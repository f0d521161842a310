export { complete } from "./completion.ts";
export { getPrompt } from "./prompting.ts";
export { listResources, readResource } from "./reading.ts";
