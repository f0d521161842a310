import { beforeAll, describe, expect, it } from "vitest";
import { buildIfNeeded } from "../scripts/build.mjs";
import { root } from "../scripts/folders.mjs";
import { runNode } from "./docs/programs.ts";

describe("the example with decorators", { timeout: 60_000 }, () => {
  beforeAll(() => buildIfNeeded(), 120_000);

  it("offers the methods of a calculator, which a client uses", async () => {
    const { code, stdout, stderr } = await runNode(["scripts/run.mjs", "examples/calculator/client.ts"], root);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual([
      "sum: Adds two numbers",
      "subtract: Subtracts b from a",
      "divide: Divides a by b",
      "mean: Gives the mean of numbers, and tells how far it is",
      "2 + 3: { value: 5 }",
      "7 - 9: { value: -2 }",
      "progress: { progress: 1, total: 3 }",
      "progress: { progress: 2, total: 3 }",
      "progress: { progress: 3, total: 3 }",
      "mean: { value: 3 }",
      "1 / 0: Nothing can be divided by 0",
      "prompt: {",
      "  type: 'text',",
      "  text: 'Write a word problem about apples, and solve it with the tools of the calculator.'",
      "}",
      "tape: {",
      "  uri: 'calculator://tape',",
      "  mimeType: 'text/plain',",
      "  text: '2 + 3 = 5\\n7 - 9 = -2\\nmean of 1, 2, 6 = 3'",
      "}",
    ]);
  });
});
