/** 5.1: names in headers, as servers read and clients write them. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../../src/client/index.ts";
import { http } from "../../../src/client/http/index.ts";
import { decodeHeaderValue, encodeHeaderValue } from "../../../src/protocol/index.ts";
import { EVERY_HOST } from "../harness/host-names.ts";
import { call, withHeaders } from "../harness/messages.ts";
import { serverUnderTest } from "../harness/server.ts";
import { Tap } from "../harness/tap.ts";

const under = serverUnderTest();

describe("SEC-20 Mcp-Name", () => {
  const refused: readonly [title: string, value: string][] = [
    ["without padding", "=?base64?ZWNobw?="],
    ["with one sign of padding of two", "=?base64?ZWNobw=?="],
    ["with bits that count for nothing", "=?base64?ZWNobx==?="],
    ["with a sign of another alphabet", "=?base64?ZWNo-w==?="],
    ["with junk", "=?base64?ZWNo*bw==?="],
    ["that is no UTF-8", "=?base64?/w==?="],
    ["in capitals, which stands for itself", "=?BASE64?ZWNobw==?="],
    ["empty", "=?base64??="],
    ["with white space", "=?base64?ZWNo bw==?="],
    ["encoded twice", `=?base64?${Buffer.from("=?base64?ZWNobw==?=").toString("base64")}?=`],
    ["without its end", "=?base64?ZWNobw=="],
    ["of raw UTF-8", "ech\u00c3\u00b6"],
  ];

  it.each(refused)("%s", async (_title, value) => {
    const ran = (await under.server.report()).runs["echo"];
    for (const host of EVERY_HOST) {
      const reply = await (await under.server.target(host)).send(withHeaders(call(1, "echo"), { "Mcp-Name": value }));
      expect(reply.outcome, host).toEqual([400, -32020]);
      expect(reply.message.id).toBe(1);
    }
    expect((await under.server.report()).runs["echo"]).toBe(ran);
  });

  it.each(["echo", "=?base64?ZWNobw==?=", "  echo\t", " =?base64?ZWNobw==?= "])("%j says echo", async (value) => {
    for (const host of EVERY_HOST) {
      const reply = await (await under.server.target(host)).send(withHeaders(call(1, "echo"), { "Mcp-Name": value }));
      expect(reply.status, host).toBe(200);
    }
  });
});

describe("SEC-21 a tool whose name looks like an encoded one", () => {
  const literal = "=?base64?ZWNobw==?=";

  it("is found under its name, and nothing else is", async () => {
    const target = await under.server.target();
    const encoded = `=?base64?${Buffer.from(literal).toString("base64")}?=`;
    const reply = await target.send(withHeaders(call(1, literal), { "Mcp-Name": encoded }));
    expect(reply.message.result?.content[0].text).toBe("the literal");
    expect((await target.send(call(1, literal))).outcome).toEqual([400, -32020]);
    expect((await target.send(withHeaders(call(1, literal), { "Mcp-Name": "echo" }))).outcome).toEqual([400, -32020]);
  });

  it("what is encoded is decoded to the same, for every text", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string().map((text) => `=?base64?${text}?=`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const header = encodeHeaderValue(text);
        expect(header).toMatch(/^[ -~]*$/);
        // Half of a pair has no UTF-8, and so becomes the sign for that.
        expect(decodeHeaderValue(header)).toBe(Buffer.from(text).toString());
      }),
      { seed: 21, numRuns: 2000 },
    );
  });
});

describe("clients", () => {
  let tap: Tap;
  let client: Client;
  beforeAll(async () => {
    tap = await Tap.before((await under.server.target()).port);
    client = await Client.connect(http(`http://localhost:${tap.port}/mcp`));
  });
  afterAll(async () => {
    await client.close();
    await tap.close();
  });

  it("SEC-21 call a tool whose name looks like an encoded one", async () => {
    expect(await client.call("=?base64?ZWNobw==?=")).toBe("the literal");
    expect(await client.call("grüße 😀")).toBe("hello");
  });

  it("SEC-22 never write a control character, and the server gets the same text", async () => {
    await client.call("region", { region: "warm" });
    const special = fc.constantFrom(
      "\r",
      "\n",
      "\0",
      "\t",
      " ",
      "\x7f",
      "\x1b",
      "é",
      "😀",
      "=?base64?",
      "?=",
      "\r\nX: y",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.oneof(special, fc.string())).map((all) => all.join("")),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (region) => {
        tap.clear();
        expect(JSON.parse((await client.call("region", { region })) as string)).toEqual({ region });
        for (const line of tap.headLines()) expect(line).toMatch(/^[\t -~]*$/);
        expect(tap.headLines().filter((line) => line.startsWith("Mcp-Param-Region: "))).toHaveLength(1);
      }),
      { seed: 22, numRuns: 150 },
    );
  });

  it("SEC-22 never write a control character in a name either", async () => {
    const names = fc.string({ unit: "binary", minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        tap.clear();
        await expect(client.call(name)).rejects.toThrow();
        for (const line of tap.headLines()) expect(line).toMatch(/^[\t -~]*$/);
      }),
      { seed: 23, numRuns: 50 },
    );
  });

  it("SEC-22 say which value is too long for a header, and send nothing", async () => {
    const fits = "x".repeat(8 * 1024);
    expect(JSON.parse((await client.call("region", { region: fits })) as string)).toEqual({ region: fits });
    tap.clear();
    await expect(client.call("region", { region: `${fits}x` })).rejects.toThrow(/Mcp-Param-Region|region/);
    expect(tap.headLines()).toEqual([]);
  });
});
