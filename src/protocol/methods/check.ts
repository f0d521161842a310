/**
 * The checks that messages pass at run time: one for the parameters of every method, and one for every result that has
 * members. They are written by hand; a good value costs no more than looking at it.
 */
export { LOGGING_LEVELS, modernMeta } from "./check-meta.ts";
export {
  anyParams,
  callToolParams,
  cancelledParams,
  completeParams,
  createMessageParams,
  elicitationCompleteParams,
  elicitParams,
  getPromptParams,
  initializeParams,
  listenAcknowledgedParams,
  listenParams,
  listParams,
  loggingMessageParams,
  type ParamsCheck,
  progressParams,
  readResourceParams,
  resourceUpdatedParams,
  setLevelParams,
  subscribeParams,
} from "./check-params.ts";
export {
  callToolResult,
  completeResult,
  contentBlock,
  createMessageResult,
  discoverResult,
  elicitResult,
  emptyResult,
  getPromptResult,
  initializeResult,
  inputRequiredResult,
  listPromptsResult,
  listResourcesResult,
  listResourceTemplatesResult,
  listRootsResult,
  listToolsResult,
  type ResultCheck,
  readResourceResult,
  toolDefinition,
  unsupportedProtocolVersionData,
} from "./check-results.ts";
export { createTaskResult, listTasksResult, taskParams, taskResult, taskStatusParams } from "./check-tasks.ts";
