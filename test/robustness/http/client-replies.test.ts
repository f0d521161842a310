/** 5.1 and 5.3, on the side of a client: replies that are none, too deep, too many or for somebody else. */
import { afterEach, describe, expect, it } from "vitest";
import { stateful, stateless } from "../../client-http/scripted.ts";
import { closeAll, evil, said, victim } from "../harness/evil.ts";
import { until } from "../harness/waiting.ts";

afterEach(closeAll);

describe("a response that is none fails its request, and no other", () => {
  it.each<[title: string, message: (id: unknown) => object]>([
    ["SEC-18 with method and result", (id) => ({ jsonrpc: "2.0", id, method: "tools/call", result: said("x") })],
    [
      "SEC-18 with result and error",
      (id) => ({ jsonrpc: "2.0", id, result: said("x"), error: { code: 1, message: "m" } }),
    ],
    ["SEC-18 with an error without a code", (id) => ({ jsonrpc: "2.0", id, error: { message: "m" } })],
    ["SEC-18 with a code of text", (id) => ({ jsonrpc: "2.0", id, error: { code: "x", message: "m" } })],
    ["SEC-18 with a code that is no integer", (id) => ({ jsonrpc: "2.0", id, error: { code: 1e99, message: "m" } })],
    ["SEC-18 with neither", (id) => ({ jsonrpc: "2.0", id })],
    ["SEC-3 of another version", (id) => ({ jsonrpc: "1.0", id, result: said("x") })],
  ])("%s", async (_title, message) => {
    for (const kind of ["json", "stream"]) {
      const server = await evil(
        stateless((asked) => {
          if (asked.message.params?.["name"] === "good") return asked.result(said("good"));
          if (kind === "json") return asked.json(message(asked.message.id));
          asked.stream();
          asked.event(message(asked.message.id));
          asked.end();
        }),
      );
      const { client } = await victim(server, { modern: true });
      const [bad, good] = await Promise.allSettled([client.call("bad"), client.call("good")]);
      expect(bad.status).toBe("rejected");
      expect(good).toMatchObject({ status: "fulfilled", value: "good" });
    }
  });
});

describe("SEC-4 a result that is too deep", () => {
  it.each([65, 5000, 100_000, 400_000])("%d levels", async (depth) => {
    const deep = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const server = await evil(
      stateless((asked) => {
        if (asked.message.params?.["name"] === "good") return asked.result(said("good"));
        const { id } = asked.message;
        const text = `{"jsonrpc":"2.0","id":${id},"result":{"resultType":"complete","content":[],"structuredContent":${deep}}}`;
        asked.reply(200, { "content-type": "application/json" }, text);
      }),
    );
    const { client } = await victim(server, { modern: true });
    const error = await client.call("bad").catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "invalid_response" });
    expect(String(error)).not.toMatch(/call stack/i);
    expect(await client.call("good")).toBe("good");
  });
});

describe("SEC-14 a reply that is no UTF-8", () => {
  it.each([
    ["JSON", "application/json"],
    ["a stream", "text/event-stream"],
  ])("%s", async (_title, type) => {
    const server = await evil(
      stateless((asked) => {
        if (asked.message.params?.["name"] === "good") return asked.result(said("good"));
        const text = JSON.stringify({ jsonrpc: "2.0", id: asked.message.id, result: said("@") });
        const framed = type === "application/json" ? text : `data: ${text}\n\n`;
        const [before = "", after = ""] = framed.split("@");
        asked.response.writeHead(200, { "content-type": type });
        asked.response.end(Buffer.concat([Buffer.from(before), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(after)]));
      }),
    );
    const { client } = await victim(server, { modern: true });
    await expect(client.call("bad")).rejects.toMatchObject({ code: "invalid_response" });
    expect(await client.call("good")).toBe("good");
  });
});

describe("REL-29 a response that comes where it should not", () => {
  it("on the stream of another request: the first valid one counts, whatever it came on", async () => {
    const server = await evil(
      stateful((asked) => {
        if (asked.message.params?.["name"] === "one") return asked.stream();
        const [one] = server.of("tools/call");
        asked.stream();
        asked.event({ jsonrpc: "2.0", id: 4711, result: said("for nobody") });
        asked.event({ jsonrpc: "2.0", id: one?.message.id, result: said("late, and elsewhere") });
        asked.event({ jsonrpc: "2.0", id: asked.message.id, result: said("two") });
        asked.event({ jsonrpc: "2.0", id: asked.message.id, result: said("two, again") });
        asked.end();
        one?.event({ jsonrpc: "2.0", id: one.message.id, result: said("one") });
        one?.end();
      }),
    );
    const { client, problems } = await victim(server);
    const one = client.call("one");
    await server.until(({ message }) => message.params?.["name"] === "one");
    expect(await client.call("two")).toBe("two");
    expect(["one", "late, and elsewhere"]).toContain(await one);
    await until(() => problems.length > 0, "the author hears of it");
  });

  it("on the stream of the session, twice, and after the end", async () => {
    const server = await evil(
      stateful((asked) => asked.result(said("plain")), {
        get: (asked) => {
          asked.stream();
          for (const id of [1, 2, 3, 4, "x", null]) asked.event({ jsonrpc: "2.0", id, result: said("stray") });
        },
      }),
    );
    const { client, problems } = await victim(server);
    await until(() => problems.length >= 5, "the author hears of stray responses");
    for (let at = 0; at < 5; at++) expect(await client.call("any")).toBe("plain");
  });

  it("under the id that a request of the server has: the two have nothing to do with each other", async () => {
    const server = await evil(
      stateful((asked) => {
        asked.stream();
        asked.event({ jsonrpc: "2.0", id: asked.message.id, method: "ping" });
        void server
          .until(
            ({ method, message }) =>
              method === "POST" && message.method === undefined && message.id === asked.message.id,
          )
          .then(() => {
            asked.event({ jsonrpc: "2.0", id: asked.message.id, result: said("mine") });
            asked.end();
          });
      }),
    );
    const { client } = await victim(server);
    expect(await client.call("any")).toBe("mine");
  });
});

describe("SEC-57 where the oldest servers say to post", () => {
  it.each([
    ["another origin", () => "http://evil.example/post"],
    ["a script", () => "javascript:alert(1)"],
    ["another host by two slashes", () => "//evil.example/post"],
    ["another host by a backslash", () => "/\\evil.example/post"],
    ["a user", (port: number) => `http://user:password@127.0.0.1:${port}/post`],
    ["another port", (port: number) => `http://127.0.0.1:${port + 1}/post`],
    ["another scheme", (port: number) => `https://127.0.0.1:${port}/post`],
    ["another name of this machine", (port: number) => `http://localhost:${port}/post`],
    ["nothing that can be read", () => "http://[::"],
  ])("%s: it is not asked, and no token goes there", async (_title, target) => {
    const server = await evil((asked) => {
      if (asked.method === "POST") return asked.reply(404);
      asked.stream();
      asked.write(`event: endpoint\ndata: ${target(server.port)}\n\n`);
    });
    const connecting = victim(server, { revisions: ["2024-11-05"] }, { headers: { authorization: "Bearer secret" } });
    await expect(connecting).rejects.toMatchObject({ code: "invalid_response" });
    expect(server.asked.filter(({ path }) => path !== "/mcp")).toEqual([]);
  });
});
