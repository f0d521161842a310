import { describe, expect, it } from "vitest";
import { limits } from "../../src/limits.ts";
import * as check from "../../src/protocol/methods/check.ts";

/** Members whose names objects inherit, as they arrive from a peer. */
const inherited = '"__proto__": {"name": 1}, "constructor": 1, "toString": null, "hasOwnProperty": []';
const long = (length: number): string => "x".repeat(length + 1);
const message = { role: "user", content: { type: "text", text: "hello" } };
const info = { name: "c", version: "1" };

type Guard = (value: unknown) => string | undefined;
type Case = [name: string, guard: Guard, good: readonly unknown[], bad: readonly [unknown, string][]];

/** By method: parameters of requests that pass, and parameters that do not with what is said of them. */
const cases: readonly Case[] = [
  [
    "anyParams",
    check.anyParams,
    [undefined, {}, { _meta: {} }, { _meta: { progressToken: 0 } }, { more: 1 }],
    [
      [null, "params must be an object"],
      [[], "params must be an object"],
      [{ _meta: [] }, "params._meta must be an object"],
      [{ _meta: { progressToken: 1.5 } }, "params._meta.progressToken must be an integer or a string of at most 256"],
      [{ _meta: { progressToken: null } }, "params._meta.progressToken must be an integer"],
      [{ _meta: { progressToken: 2 ** 53 } }, "params._meta.progressToken must be an integer"],
      [{ _meta: { progressToken: long(limits.idLength) } }, "params._meta.progressToken must be an integer"],
    ],
  ],
  [
    "listParams",
    check.listParams,
    [undefined, {}, { cursor: "" }, { cursor: "abc" }],
    [
      [{ cursor: null }, "params.cursor must be a string"],
      [{ cursor: 5 }, "params.cursor must be a string"],
      [{ cursor: long(limits.cursorLength) }, "params.cursor must be at most 4096 characters long"],
      ["x", "params must be an object"],
    ],
  ],
  [
    "callToolParams",
    check.callToolParams,
    [
      { name: "t" },
      { name: "", arguments: {} },
      { name: "t", arguments: { deep: [{}] }, inputResponses: {}, requestState: "" },
      { name: "t", task: "no object: tasks are somebody else's" },
    ],
    [
      [undefined, "params must be an object"],
      [{}, "params.name must be a string"],
      [{ name: 1 }, "params.name must be a string"],
      [{ name: long(limits.nameLength) }, "params.name must be at most 256 characters long"],
      [{ name: "t", arguments: [] }, "params.arguments must be an object"],
      [{ name: "t", arguments: null }, "params.arguments must be an object"],
      [{ name: "t", inputResponses: [] }, "params.inputResponses must be an object"],
      [{ name: "t", inputResponses: { a: "yes" } }, 'params.inputResponses["a"] must be an object'],
      [{ name: "t", requestState: {} }, "params.requestState must be a string"],
      [{ name: "t", _meta: 1 }, "params._meta must be an object"],
    ],
  ],
  [
    "readResourceParams",
    check.readResourceParams,
    [{ uri: "note://1" }, { uri: "note://1", inputResponses: { a: { action: "cancel" } } }],
    [
      [{}, "params.uri must be a string"],
      [{ uri: long(limits.uriLength) }, "params.uri must be at most 4096 characters long"],
      [{ uri: "note://1", requestState: 1 }, "params.requestState must be a string"],
    ],
  ],
  ["subscribeParams", check.subscribeParams, [{ uri: "note://1" }], [[{ uri: {} }, "params.uri must be a string"]]],
  [
    "getPromptParams",
    check.getPromptParams,
    [{ name: "p" }, { name: "p", arguments: { a: "", b: "2" } }],
    [
      [{ name: "p", arguments: { a: 1 } }, 'params.arguments["a"] must be a string'],
      [{ name: "p", arguments: "a" }, "params.arguments must be an object"],
      [{ name: "p", requestState: null }, "params.requestState must be a string"],
    ],
  ],
  [
    "completeParams",
    check.completeParams,
    [
      { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "" } },
      { ref: { type: "ref/resource", uri: "note://{id}" }, argument: { name: "id", value: "1" }, context: {} },
      {
        ref: { type: "ref/prompt", name: "p" },
        argument: { name: "a", value: "x" },
        context: { arguments: { b: "y" } },
      },
    ],
    [
      [{ argument: { name: "a", value: "" } }, "params.ref must be an object"],
      [{ ref: { type: "ref/tool", name: "t" } }, "params.ref.type must be one of ref/prompt, ref/resource"],
      [{ ref: { type: "ref/prompt", uri: "note://1" } }, "params.ref.name must be a string"],
      [{ ref: { type: "ref/resource", name: "p" } }, "params.ref.uri must be a string"],
      [{ ref: { type: "ref/prompt", name: "p" } }, "params.argument must be an object"],
      [
        { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: 1 } },
        "params.argument.value must be a string",
      ],
      [
        {
          ref: { type: "ref/prompt", name: "p" },
          argument: { name: "a", value: "" },
          context: { arguments: { b: null } },
        },
        'params.context.arguments["b"] must be a string',
      ],
    ],
  ],
  [
    "listenParams",
    check.listenParams,
    [
      { notifications: {} },
      { notifications: { toolsListChanged: true, taskIds: ["of an extension"] } },
      { notifications: { resourceSubscriptions: Array(limits.listenUris).fill("note://1") } },
    ],
    [
      [{}, "params.notifications must be an object"],
      [{ notifications: { promptsListChanged: "yes" } }, "params.notifications.promptsListChanged must be a boolean"],
      [
        { notifications: { resourceSubscriptions: Array(limits.listenUris + 1).fill("note://1") } },
        "params.notifications.resourceSubscriptions must have at most 256 entries",
      ],
      [
        { notifications: { resourceSubscriptions: ["note://1", 2] } },
        "params.notifications.resourceSubscriptions[1] must be a string",
      ],
    ],
  ],
  [
    "setLevelParams",
    check.setLevelParams,
    [{ level: "debug" }, { level: "emergency" }],
    [
      [{ level: "verbose" }, "params.level must be one of debug, info, notice, warning, error, critical, alert"],
      [{}, "params.level must be one of"],
    ],
  ],
  [
    "initializeParams",
    check.initializeParams,
    [
      { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: info },
      { protocolVersion: "1", capabilities: { telepathy: true, roots: {} }, clientInfo: { ...info, title: "C" } },
    ],
    [
      [{}, "params.protocolVersion must be a string"],
      [{ protocolVersion: "1", clientInfo: info }, "params.capabilities must be an object"],
      [
        { protocolVersion: "1", capabilities: { elicitation: true }, clientInfo: info },
        "params.capabilities.elicitation must be an object",
      ],
      [{ protocolVersion: "1", capabilities: {} }, "params.clientInfo must be an object"],
      [{ protocolVersion: "1", capabilities: {}, clientInfo: { name: "c" } }, "params.clientInfo.version must be"],
    ],
  ],
  [
    "createMessageParams",
    check.createMessageParams,
    [
      { messages: [], maxTokens: 1 },
      { messages: [message], maxTokens: 1, temperature: 0.5, stopSequences: ["."], toolChoice: {} },
      { messages: [{ role: "user", content: [{ type: "hologram" }] }], maxTokens: 1, tools: [] },
    ],
    [
      [{ maxTokens: 1 }, "params.messages must be an array"],
      [{ messages: [message] }, "params.maxTokens must be a number"],
      [{ messages: [{ role: "system", content: [] }], maxTokens: 1 }, "params.messages[0].role must be one of user, a"],
      [{ messages: [{ role: "user" }], maxTokens: 1 }, "params.messages[0].content must be an object"],
      [
        { messages: [message, { role: "user", content: [{ type: "text" }] }], maxTokens: 1 },
        "params.messages[1].content[0].text must be a string",
      ],
      [{ messages: [], maxTokens: 1, tools: [{ name: "t" }] }, "params.tools[0].inputSchema must be an object"],
      [{ messages: [], maxTokens: 1, toolChoice: { mode: "any" } }, "params.toolChoice.mode must be one of auto"],
    ],
  ],
  [
    "elicitParams",
    check.elicitParams,
    [
      { message: "?", requestedSchema: { type: "object", properties: {} } },
      { mode: "form", message: "?", requestedSchema: { type: "object", properties: { a: {} }, required: ["a"] } },
      { mode: "url", message: "?", url: "https://example.com" },
      { mode: "url", message: "?", url: "https://example.com", elicitationId: "e" },
    ],
    [
      [undefined, "params must be an object"],
      [{ mode: "voice", message: "?" }, "params.mode must be one of form, url"],
      [{ requestedSchema: { type: "object", properties: {} } }, "params.message must be a string"],
      [{ message: "?" }, "params.requestedSchema must be an object"],
      [{ message: "?", requestedSchema: { type: "array" } }, "params.requestedSchema.type must be one of object"],
      [
        { message: "?", requestedSchema: { type: "object", properties: { a: true } } },
        'params.requestedSchema.properties["a"] must be an object',
      ],
      [{ mode: "url", message: "?" }, "params.url must be a string"],
      ...[
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ms-settings:x",
        "-flag",
        "https://",
        "https://a\nb",
        " https://a",
        `https://a/${"x".repeat(8192)}`,
      ].map((url): [object, string] => [{ mode: "url", message: "?", url }, "params.url must be an https URL"]),
    ],
  ],
  [
    "taskParams",
    check.taskParams,
    [{ taskId: "t" }],
    [
      [{}, "params.taskId must be a string"],
      [{ taskId: long(limits.idLength) }, "params.taskId must be at most 256 characters long"],
    ],
  ],
];

describe("the checks of parameters", () => {
  it.each(cases)("%s", (_, guard, good, bad) => {
    for (const value of good) expect(guard(value), JSON.stringify(value)).toBeUndefined();
    for (const [value, problem] of bad) expect(guard(value), JSON.stringify(value)).toContain(problem);
  });

  it("pass members under names that objects inherit, and do not read them as members of their own", () => {
    for (const [name, guard, good] of cases) {
      const value = good.find((params) => params !== undefined && Object.keys(params as object).length > 0) ?? {};
      const open = JSON.parse(`{${inherited}, ${JSON.stringify(value).slice(1)}`.replace(", }", "}"));
      expect(guard(open), name).toBeUndefined();
    }
    expect(check.callToolParams(JSON.parse('{"__proto__": {"name": "t"}}'))).toBe("params.name must be a string");
    const odd = JSON.parse(`{"name": "p", "arguments": {"__proto__": "a", "constructor": "b"}}`);
    expect(check.getPromptParams(odd)).toBeUndefined();
    const bad = JSON.parse(`{"name": "p", "arguments": {"__proto__": 1}}`);
    expect(check.getPromptParams(bad)).toBe('params.arguments["__proto__"] must be a string');
  });

  it("quote a peer's key in JSON, and not the whole of a long one", () => {
    const problem = check.getPromptParams({ name: "p", arguments: { [`"\n${long(9999)}`]: 1 } });
    expect(problem).toBe(`params.arguments["\\"\\n${"x".repeat(62)}"] must be a string`);
  });

  it("know nothing of what they are not about (JRPC-11, T-28)", () => {
    const params = {
      name: "t",
      arguments: { "x-any": [null] },
      future: { deep: true },
      _meta: { "com.example/x": [] },
    };
    const before = structuredClone(params);
    expect(check.callToolParams(params)).toBeUndefined();
    expect(params).toEqual(before);
  });
});

describe("what is falsy and legal", () => {
  it("takes the empty cursor (PAG-1, T-27)", () => {
    expect(check.listParams({ cursor: "" })).toBeUndefined();
    expect(check.listPromptsResult({ prompts: [], nextCursor: "" })).toBeUndefined();
  });

  it.each([0, "", -1])("takes the progress token and the id %j (T-29)", (id) => {
    expect(check.callToolParams({ name: "t", _meta: { progressToken: id } })).toBeUndefined();
    expect(check.progressParams({ progressToken: id, progress: 0 })).toBeUndefined();
    expect(check.cancelledParams({ requestId: id })).toBeUndefined();
  });
});
