/** 5.8: what a client on stdio does with a server that asks where none may. */
import { expect, it } from "vitest";
import { Client } from "../../../src/client/index.ts";
import { stdio } from "../../../src/client/stdio/index.ts";
import { bundled } from "../harness/bundle.ts";

it("REL-15 a stateless server that asks gets no answer, and the author hears of it", async () => {
  const problems: string[] = [];
  const program = await bundled(new URL("../harness/evil-child.ts", import.meta.url));
  const client = await Client.connect(
    stdio({ command: process.execPath, args: [program, "asks"], closeTimeout: 200 }),
    {
      revisions: ["2026-07-28"],
      logger: { warn: (...data) => problems.push(data.map(String).join(" ")) },
      on: { "roots/list": () => ({ roots: [] }) },
    },
  );
  try {
    expect(await client.call("evil")).toBe("after");
    expect(await client.call("heard")).toBe("[]");
    // The author also hears that roots are deprecated.
    expect(problems.filter((problem) => !problem.includes("deprecated"))).toHaveLength(3);
  } finally {
    await client.close();
  }
});
