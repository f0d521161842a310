import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientSide } from "../../src/client/extensions/index.ts";
import { http } from "../../src/client/http/index.ts";
import { Client, type ClientOptions } from "../../src/client/index.ts";
import { extension } from "../../src/index.ts";
import { type HttpServing, serveHttp } from "../../src/node/index.ts";
import { isModern, isSince, REVISIONS } from "../../src/protocol/index.ts";
import { serverSide } from "../../src/server/extensions/index.ts";
import { Server } from "../../src/server/index.ts";
import { SENDERS } from "./both.ts";

let serving: HttpServing;
let stopped: Promise<void>;

const shop = extension({ id: "com.example/shop", requests: { "shop/get": { mcpName: "shelf" } } });
let named: string | undefined;

const server = new Server({ name: "own", version: "1.0.0" })
  .use(
    serverSide(shop, {
      on: {
        "shop/get": ({ shelf }, { http }) => {
          named = http?.header("mcp-name");
          return { shelf };
        },
      },
    }),
  )
  .resource("news://today", () => "…", { name: "news" })
  .tool("hello", {}, () => "Hello")
  .tool("count", {}, async (_input, context) => {
    for (let progress = 1; progress <= 3; progress++) await context.progress(progress, 3);
    return "counted";
  })
  .tool("poll", {}, async (_input, context) => {
    await context.progress(1, 2);
    context.binding?.disconnect?.(0);
    await context.progress(2, 2);
    return "polled";
  })
  .tool("ask", {}, async (_input, context) => ((await context.confirm("Really?")) ? "yes" : "no"))
  .tool("wait", {}, (_input, context) => {
    void context.progress(1);
    const gone = new Promise<string>((resolve) => context.signal.addEventListener("abort", () => resolve("gone")));
    stopped = gone.then(() => {});
    return gone;
  });

beforeAll(async () => {
  serving = await serveHttp(server, { port: 0, ssePath: "/sse", exit: false, log: () => {} });
});

afterAll(() => serving.close());

const everywhere = SENDERS.flatMap(([name, options]) =>
  REVISIONS.map((revision) => [name, revision, options] as const),
);

describe.each(everywhere)("our own server over HTTP, by %s, in %s", (_name, revision, options) => {
  const connect = (more: ClientOptions = {}): Promise<Client> =>
    Client.connect(http(serving.url, options), { revisions: [revision], ...more });

  it("answers, and tells of progress", async () => {
    await using client = await connect();
    expect(client.version).toBe(revision);
    const calls = Array.from({ length: 20 }, () => client.call("hello"));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["Hello"]));
    const seen: number[] = [];
    expect(await client.call("count", {}, { onProgress: ({ progress }) => seen.push(progress) })).toBe("counted");
    expect(seen).toEqual([1, 2, 3]);
  });

  it("LHTTP-3: loses nothing of a call of which the server closes the connection", async () => {
    await using client = await connect();
    const seen: number[] = [];
    expect(await client.call("poll", {}, { onProgress: ({ progress }) => seen.push(progress) })).toBe("polled");
    expect(seen).toEqual([1, 2]);
  });

  it("stops what is given up", async () => {
    await using client = await connect();
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await expect(client.call("wait", {}, { signal: controller.signal, onProgress })).rejects.toThrow("Aborted");
    await stopped;
  });

  it("tells of changes", async () => {
    await using client = await connect();
    const changes = await client.listen({ resourcesListChanged: true, resourceSubscriptions: ["news://today"] });
    const told = changes[Symbol.asyncIterator]().next();
    server.updated("news://today");
    const changed = { type: "resource", uri: "news://today" };
    // Older servers tell it on a stream that is opened meanwhile: who listens before hears that all may have changed.
    expect(isModern(revision) ? [changed] : [changed, { type: "all" }]).toContainEqual((await told).value);
  });

  it("EXT-1: sends requests of an extension, with what HTTP mirrors of them", async () => {
    await using client = await connect({ extensions: [clientSide(shop)] });
    expect(await client.extension(shop).request("shop/get", { shelf: "Käse" })).toMatchObject({ shelf: "Käse" });
    if (isModern(revision)) expect(named).toBe("=?base64?S8Okc2U=?=");
  });

  // Earlier there are no forms.
  if (!isSince(revision, "2025-06-18")) return;

  it("asks", async () => {
    for (const [action, said] of [
      ["accept", "yes"],
      ["decline", "no"],
    ] as const) {
      await using client = await connect({ on: { "elicitation/create": () => ({ action }) } });
      expect(await client.call("ask")).toBe(said);
    }
  });
});

it.each(SENDERS)("the oldest transport of our own server, by %s", async (_name, options) => {
  await using client = await Client.connect(http(new URL("/sse", serving.url), options));
  expect(client.version).toBe("2025-11-25");
  expect(await client.call("hello")).toBe("Hello");
  const seen: number[] = [];
  expect(await client.call("count", {}, { onProgress: ({ progress }) => seen.push(progress) })).toBe("counted");
  expect(seen).toEqual([1, 2, 3]);
});
