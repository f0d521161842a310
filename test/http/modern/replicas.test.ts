import { describe, expect, it } from "vitest";
import { Reached, reports, testServer } from "../reached.ts";

const capabilities = { elicitation: {} };
const call = { name: "ask" };

function asking(stateKeys?: readonly string[]) {
  return testServer(stateKeys === undefined ? {} : { stateKeys }).tool("ask", {}, async (_input, context) =>
    (await context.confirm("Go on?")) ? "yes" : "no",
  );
}

async function answer(reached: Reached): Promise<{ result?: { resultType: string }; error?: { code: number } }> {
  return (await reached.ask("tools/call", call, { capabilities })).json();
}

describe("MRTR-3: the state of a call, where there may be several processes of the server", () => {
  it("is not sealed with a key that only one of them has: the call fails before the client is asked", async () => {
    expect((await answer(new Reached(asking(), { replicas: true }))).error?.code).toBe(-32603);
    expect(reports).toEqual([expect.objectContaining({ message: expect.stringContaining("stateKeys") })]);
  });

  it("is sealed with the keys that all of them have", async () => {
    const reached = new Reached(asking(["a key of at least thirty-two characters"]), { replicas: true });
    expect((await answer(reached)).result?.resultType).toBe("input_required");
  });

  it("belongs to the endpoint, and not to the server: others of the same server go on asking", async () => {
    const server = asking();
    expect((await answer(new Reached(server, { replicas: true }))).error?.code).toBe(-32603);
    expect((await answer(new Reached(server))).result?.resultType).toBe("input_required");
  });
});
