import * as check from "../../src/protocol/methods/check.ts";

type Example = Record<string, unknown>;

/** Examples that are neither parameters nor results. */
export const unchecked: ReadonlySet<string> = new Set([
  "HeaderMismatchError",
  "InternalError",
  "InvalidParamsError",
  "MethodNotFoundError",
  "MissingRequiredClientCapabilityError",
  "ParseError",
  "UnsupportedProtocolVersionError",
]);

const params: Record<string, check.ParamsCheck> = {
  CallToolRequest: check.callToolParams,
  CompleteRequest: check.completeParams,
  DiscoverRequest: check.anyParams,
  GetPromptRequest: check.getPromptParams,
  ListPromptsRequest: check.listParams,
  ListResourceTemplatesRequest: check.listParams,
  ListResourcesRequest: check.listParams,
  ListToolsRequest: check.listParams,
  PaginatedRequest: check.listParams,
  ReadResourceRequest: check.readResourceParams,
  SubscriptionsListenRequest: check.listenParams,
};

const notifications: Record<string, check.ParamsCheck> = {
  CancelledNotification: check.cancelledParams,
  LoggingMessageNotification: check.loggingMessageParams,
  ProgressNotification: check.progressParams,
  PromptListChangedNotification: check.anyParams,
  ResourceListChangedNotification: check.anyParams,
  ResourceUpdatedNotification: check.resourceUpdatedParams,
  SubscriptionsAcknowledgedNotification: check.listenAcknowledgedParams,
  ToolListChangedNotification: check.anyParams,
};

const results: Record<string, check.ResultCheck> = {
  CallToolResult: check.callToolResult,
  CompleteResult: check.completeResult,
  CreateMessageResult: check.createMessageResult,
  DiscoverResult: check.discoverResult,
  ElicitResult: check.elicitResult,
  GetPromptResult: check.getPromptResult,
  InputRequiredResult: check.inputRequiredResult,
  ListPromptsResult: check.listPromptsResult,
  ListResourceTemplatesResult: check.listResourceTemplatesResult,
  ListResourcesResult: check.listResourcesResult,
  ListRootsResult: check.listRootsResult,
  ListToolsResult: (result) =>
    check.listToolsResult(result) ?? (result as { tools: unknown[] }).tools.map(check.toolDefinition).find(Boolean),
  ReadResourceResult: check.readResourceResult,
  SubscriptionsListenResult: (result) => check.anyParams(result),
};

const ask = (question: unknown): string | undefined =>
  check.inputRequiredResult({ resultType: "input_required", inputRequests: { key: question } });
const field = (schema: unknown): string | undefined =>
  check.elicitParams({ message: "?", requestedSchema: { type: "object", properties: { field: schema } } });
const said = (content: unknown): string | undefined =>
  check.createMessageResult({ role: "assistant", model: "m", content });
const contents = (value: unknown): string | undefined => check.readResourceResult({ contents: [value] });

/** Values that stand inside parameters or results: put where they belong. */
const parts: Record<string, (example: unknown) => string | undefined> = {
  AudioContent: check.contentBlock,
  BlobResourceContents: contents,
  BooleanSchema: field,
  ClientCapabilities: (capabilities) =>
    check.modernMeta({
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": capabilities,
      },
    }),
  CreateMessageRequest: ask,
  CreateMessageRequestParams: check.createMessageParams,
  ElicitRequest: ask,
  ElicitRequestFormParams: check.elicitParams,
  ElicitRequestURLParams: check.elicitParams,
  EmbeddedResource: check.contentBlock,
  ImageContent: check.contentBlock,
  InputRequests: (inputRequests) => check.inputRequiredResult({ resultType: "input_required", inputRequests }),
  InputResponses: (inputResponses) => check.callToolParams({ name: "t", inputResponses }),
  ListRootsRequest: ask,
  ModelPreferences: (modelPreferences) => check.createMessageParams({ messages: [], maxTokens: 1, modelPreferences }),
  NumberSchema: field,
  Resource: (resource) => check.listResourcesResult({ resources: [resource] }),
  ResourceLink: check.contentBlock,
  Root: (root) => check.listRootsResult({ roots: [root] }),
  SamplingMessage: (message) => check.createMessageResult({ ...(message as Example), model: "m" }),
  ServerCapabilities: (capabilities) => check.discoverResult({ supportedVersions: [], capabilities }),
  StringSchema: field,
  TextContent: check.contentBlock,
  TextResourceContents: contents,
  TitledMultiSelectEnumSchema: field,
  TitledSingleSelectEnumSchema: field,
  Tool: check.toolDefinition,
  ToolResultContent: said,
  ToolUseContent: said,
  UntitledMultiSelectEnumSchema: field,
  UntitledSingleSelectEnumSchema: field,
};

const ofRequest =
  (ofParams: check.ParamsCheck) =>
  (example: unknown): string | undefined =>
    check.modernMeta(example) ?? ofParams(example);

const inside =
  (member: string, ofMember: (value: unknown) => string | undefined) =>
  (example: unknown): string | undefined =>
    ofMember((example as Example)[member]);

const ofAnyKind =
  (ofResult: check.ResultCheck): check.ResultCheck =>
  (result) =>
    ((result as Example)["resultType"] === "input_required" ? check.inputRequiredResult : ofResult)(result);

/** The check that an example of each kind must pass, by the name of its definition. */
export const exampleChecks: ReadonlyMap<string, (example: unknown) => string | undefined> = new Map([
  ...Object.entries(params).flatMap(([name, of]) => [
    [name, inside("params", ofRequest(of))] as const,
    [`${name}Params`, ofRequest(of)] as const,
  ]),
  ...Object.entries(notifications).flatMap(([name, of]) => [
    [name, inside("params", of)] as const,
    [`${name}Params`, of] as const,
  ]),
  ...Object.entries(results).flatMap(([name, of]) => [
    [name, of] as const,
    [`${name}Response`, inside("result", ofAnyKind(of))] as const,
  ]),
  ...Object.entries(parts),
]);
