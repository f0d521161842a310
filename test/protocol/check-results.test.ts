import { describe, expect, it } from "vitest";
import * as check from "../../src/protocol/methods/check.ts";

const message = { role: "user", content: { type: "text", text: "hello" } };
const info = { name: "c", version: "1" };

type Guard = (value: unknown) => string | undefined;
type Case = [name: string, guard: Guard, good: readonly unknown[], bad: readonly [unknown, string][]];

/** By method: results that pass, and results that do not with what is said of them. */
const results: readonly Case[] = [
  [
    "emptyResult",
    check.emptyResult,
    [{}, { resultType: "complete", _meta: {} }, { more: 1 }],
    [
      [null, "result must be an object"],
      [{ resultType: 1 }, "result.resultType must be a string"],
    ],
  ],
  [
    "callToolResult",
    check.callToolResult,
    [
      { content: [] },
      { structuredContent: { sum: 5 } },
      { content: [{ type: "hologram" }], structuredContent: null, isError: null },
      { resultType: "complete", content: [{ type: "text", text: "5" }], isError: true },
    ],
    [
      [{ content: {} }, "result.content must be an array"],
      [{ content: [{ type: "text" }] }, "result.content[0].text must be a string"],
      [{ content: [], isError: "no" }, "result.isError must be a boolean"],
    ],
  ],
  [
    "listToolsResult",
    check.listToolsResult,
    [{ tools: [] }, { tools: [{ name: "t" }, null], nextCursor: null }, { tools: [], nextCursor: "" }],
    [
      [{}, "result.tools must be an array"],
      [{ tools: [], nextCursor: 2 }, "result.nextCursor must be a string"],
    ],
  ],
  [
    "listResourcesResult",
    check.listResourcesResult,
    [{ resources: [{}] }],
    [[{ resources: [null] }, "result.resources[0] must be an object"]],
  ],
  [
    "listResourceTemplatesResult",
    check.listResourceTemplatesResult,
    [{ resourceTemplates: [] }],
    [[{ resources: [] }, "result.resourceTemplates must be an array"]],
  ],
  [
    "listPromptsResult",
    check.listPromptsResult,
    [{ prompts: [] }],
    [[{ prompts: {} }, "result.prompts must be an array"]],
  ],
  [
    "readResourceResult",
    check.readResourceResult,
    [{ contents: [] }, { contents: [{ uri: "note://1", text: "" }], ttlMs: -1, cacheScope: "nobody" }],
    [
      [{}, "result.contents must be an array"],
      [{ contents: [{ text: "" }] }, "result.contents[0].uri must be a string"],
      [{ contents: [{ uri: "note://1", text: 1 }] }, "result.contents[0] must have"],
    ],
  ],
  [
    "getPromptResult",
    check.getPromptResult,
    [{ messages: [message] }, { messages: [{ role: "assistant", content: { type: "hologram" } }], description: null }],
    [
      [{}, "result.messages must be an array"],
      [{ messages: [{ role: "user", content: [] }] }, "result.messages[0].content must be an object"],
    ],
  ],
  [
    "completeResult",
    check.completeResult,
    [{ completion: { values: [] } }, { completion: { values: ["a"], total: 1, hasMore: false } }],
    [
      [{}, "result.completion must be an object"],
      [{ completion: { values: [1] } }, "result.completion.values[0] must be a string"],
    ],
  ],
  [
    "discoverResult",
    check.discoverResult,
    [{ supportedVersions: [], capabilities: { telepathy: 1 } }],
    [
      [{ capabilities: {} }, "result.supportedVersions must be an array"],
      [{ supportedVersions: ["1"] }, "result.capabilities must be an object"],
    ],
  ],
  [
    "initializeResult",
    check.initializeResult,
    [{ protocolVersion: "2025-11-25", capabilities: {}, serverInfo: info }],
    [
      [{ capabilities: {}, serverInfo: info }, "result.protocolVersion must be a string"],
      [{ protocolVersion: "1", capabilities: {} }, "result.serverInfo must be an object"],
    ],
  ],
  [
    "inputRequiredResult",
    check.inputRequiredResult,
    [
      { resultType: "input_required", requestState: "" },
      { resultType: "input_required", inputRequests: {} },
      { resultType: "input_required", inputRequests: { a: { method: "roots/list" } } },
      { resultType: "input_required", inputRequests: { a: { method: "roots/list", params: { _meta: {} } } } },
    ],
    [
      [{ resultType: "complete", requestState: "" }, "result.resultType must be one of input_required"],
      [{ resultType: "input_required" }, "result must have inputRequests or requestState"],
      [{ resultType: "input_required", requestState: null }, "result.requestState must be a string"],
      [
        { resultType: "input_required", inputRequests: { a: { method: "ping" } } },
        'result.inputRequests["a"].method must be one of elicitation/create, sampling/createMessage, roots/list',
      ],
      [
        { resultType: "input_required", inputRequests: { a: { method: "elicitation/create", params: {} } } },
        'result.inputRequests["a"].params.message must be a string',
      ],
      [
        { resultType: "input_required", inputRequests: { a: { method: "sampling/createMessage" } } },
        'result.inputRequests["a"].params must be an object',
      ],
    ],
  ],
  [
    "createMessageResult",
    check.createMessageResult,
    [
      { role: "assistant", model: "m", content: { type: "text", text: "" } },
      { role: "assistant", model: "m", content: [{ type: "tool_use", id: "1", name: "t", input: {} }] },
    ],
    [
      [{ role: "assistant", content: [] }, "result.model must be a string"],
      [{ role: "assistant", model: "m", content: [{ type: "tool_use", id: "1", name: "t" }] }, "content[0].input must"],
      [
        { role: "assistant", model: "m", content: [{ type: "tool_result", toolUseId: "1" }] },
        "content[0].content must",
      ],
    ],
  ],
  [
    "elicitResult",
    check.elicitResult,
    [
      { action: "decline", content: 5 },
      { action: "accept" },
      { action: "accept", content: null },
      { action: "accept", content: { a: 95.5, b: true, c: "", d: ["x"] }, resultType: "complete" },
    ],
    [
      [{ action: "maybe" }, "result.action must be one of accept, decline, cancel"],
      [{ action: "accept", content: [] }, "result.content must be an object"],
      [{ action: "accept", content: { a: {} } }, 'result.content["a"] must be an array'],
      [{ action: "accept", content: { a: [1] } }, 'result.content["a"][0] must be a string'],
    ],
  ],
  [
    "listRootsResult",
    check.listRootsResult,
    [{ roots: [] }, { roots: [{ uri: "file:///a", name: "a" }] }],
    [
      [{}, "result.roots must be an array"],
      [{ roots: [{}] }, "result.roots[0].uri must be a string"],
    ],
  ],
  [
    "taskResult",
    check.taskResult,
    [{ taskId: "t", status: "working", ttl: null }],
    [[{ taskId: "t" }, "result.status must be one of"]],
  ],
  [
    "listTasksResult",
    check.listTasksResult,
    [{ tasks: [] }],
    [[{ tasks: [{}] }, "result.tasks[0].taskId must be a string"]],
  ],
  [
    "createTaskResult",
    check.createTaskResult,
    [{ task: { taskId: "t", status: "working", ttl: 1 } }],
    [[{ taskId: "t" }, "result.task must be an object"]],
  ],
];

describe("the checks of results", () => {
  it.each(results)("%s", (_, guard, good, bad) => {
    for (const value of good) expect(guard(value), JSON.stringify(value)).toBeUndefined();
    for (const [value, problem] of bad) expect(guard(value), JSON.stringify(value)).toContain(problem);
  });

  it("tell a client which tools to drop", () => {
    const good = { name: "t", inputSchema: { type: "object" }, outputSchema: null };
    expect([good, { name: "u" }, null].map(check.toolDefinition)).toEqual([
      undefined,
      "tool.inputSchema must be an object",
      "tool must be an object",
    ]);
  });
});
