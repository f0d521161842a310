import { describe, expect, it } from "vitest";
import * as check from "../../src/protocol/methods/check.ts";

const info = { name: "c", version: "1" };

describe("modernMeta (META-1, META-2)", () => {
  const version = "io.modelcontextprotocol/protocolVersion";
  const capabilities = "io.modelcontextprotocol/clientCapabilities";
  const client = "io.modelcontextprotocol/clientInfo";
  const level = "io.modelcontextprotocol/logLevel";
  const least = { [version]: "2026-07-28", [capabilities]: {} };

  it.each([
    {},
    { [client]: info },
    { [level]: "warning" },
    { progressToken: 0 },
    { progressToken: "" },
    { [capabilities]: { telepathy: 1, extensions: {} } },
    { [version]: "1900-01-01" },
    { traceparent: 5 },
  ])("accepts %j", (more) => {
    expect(check.modernMeta({ _meta: { ...least, ...more }, name: 5 })).toBeUndefined();
  });

  it.each([
    [undefined, "params must be an object"],
    [[], "params must be an object"],
    [{}, "params._meta must be an object"],
    [{ _meta: null }, "params._meta must be an object"],
    [{ _meta: {} }, `params._meta["${version}"] must be a string`],
    [{ _meta: { [version]: 1 } }, `params._meta["${version}"] must be a string`],
    [{ _meta: { [version]: "2026-07-28" } }, `params._meta["${capabilities}"] must be an object`],
    [{ _meta: { ...least, [capabilities]: [] } }, `params._meta["${capabilities}"] must be an object`],
    [{ _meta: { ...least, [capabilities]: { sampling: 1 } } }, `["${capabilities}"].sampling must be an object`],
    [{ _meta: { ...least, [client]: {} } }, `params._meta["${client}"].name must be a string`],
    [{ _meta: { ...least, [client]: { name: "c" } } }, `params._meta["${client}"].version must be a string`],
    [{ _meta: { ...least, [client]: null } }, `params._meta["${client}"] must be an object`],
    [{ _meta: { ...least, [level]: "loud" } }, `params._meta["${level}"] must be one of debug`],
    [{ _meta: { ...least, progressToken: {} } }, "params._meta.progressToken must be an integer or a string"],
  ])("refuses %j", (params, problem) => {
    expect(check.modernMeta(params)).toContain(problem);
  });
});
