import { describe, expect, it } from "vitest";
import * as check from "../../src/protocol/methods/check.ts";

type Guard = (value: unknown) => string | undefined;
type Case = [name: string, guard: Guard, good: readonly unknown[], bad: readonly [unknown, string][]];

/** By method: parameters of notifications that pass, and parameters that do not with what is said of them. */
const cases: readonly Case[] = [
  [
    "progressParams",
    check.progressParams,
    [
      { progressToken: 0, progress: 0 },
      { progressToken: "", progress: 0.5, total: 1, message: "half" },
    ],
    [
      [{ progress: 1 }, "params.progressToken must be an integer or a string"],
      [{ progressToken: 1, progress: "1" }, "params.progress must be a number"],
      [{ progressToken: 1, progress: Number.POSITIVE_INFINITY }, "params.progress must be a number"],
      [{ progressToken: 1, progress: 1, total: null }, "params.total must be a number"],
    ],
  ],
  [
    "cancelledParams",
    check.cancelledParams,
    [{ requestId: 0 }, { requestId: "", reason: "enough" }],
    [
      [{}, "params.requestId must be an integer or a string"],
      [{ requestId: 1, reason: 5 }, "params.reason must be a string"],
    ],
  ],
  [
    "loggingMessageParams",
    check.loggingMessageParams,
    [
      { level: "info", data: null },
      { level: "info", data: "x", logger: "db" },
    ],
    [
      [{ level: "info" }, "params.data is missing"],
      [{ level: "INFO", data: 1 }, "params.level must be one of"],
    ],
  ],
  ["resourceUpdatedParams", check.resourceUpdatedParams, [{ uri: "note://1" }], [[{}, "params.uri must be a string"]]],
  [
    "elicitationCompleteParams",
    check.elicitationCompleteParams,
    [{ elicitationId: "e" }],
    [[{}, "params.elicitationId must be a string"]],
  ],
  [
    "taskStatusParams",
    check.taskStatusParams,
    [{ taskId: "t", status: "working", ttl: null, createdAt: "", lastUpdatedAt: "" }],
    [[{ taskId: "t", status: "asleep" }, "params.status must be one of working, input_required, completed, failed"]],
  ],
  [
    "listenAcknowledgedParams",
    check.listenAcknowledgedParams,
    [{ notifications: {}, _meta: { "io.modelcontextprotocol/subscriptionId": 0 } }],
    [[{ notifications: [] }, "params.notifications must be an object"]],
  ],
];

describe("the checks of parameters of notifications", () => {
  it.each(cases)("%s", (_, guard, good, bad) => {
    for (const value of good) expect(guard(value), JSON.stringify(value)).toBeUndefined();
    for (const [value, problem] of bad) expect(guard(value), JSON.stringify(value)).toContain(problem);
  });
});
