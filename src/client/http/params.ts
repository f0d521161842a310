import { LocalError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import type { Params } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { argumentAt, type HeaderParam, headerParams, paramHeaderValue } from "../../protocol/methods/index.ts";

/**
 * The arguments of tools that are repeated in headers, as the lists of tools tell.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#x-mcp-header
 */
export class ToolHeaders {
  readonly #params = new Map<unknown, readonly HeaderParam[]>();

  /**
   * Learns from a result of `tools/list`, and gives it without the tools whose annotations are not valid.
   *
   * @param warn Told of each tool that is left out, and why.
   */
  learn(result: unknown, warn: (message: string) => void): unknown {
    if (!isObject(result) || !Array.isArray(result["tools"])) return result;
    const tools: unknown[] = result["tools"];
    const kept = tools.filter((tool) => {
      if (!isObject(tool)) return true;
      const { params, problem } = headerParams(tool["inputSchema"]);
      if (params === undefined || params.length === 0) this.#params.delete(tool["name"]);
      else this.#params.set(tool["name"], params);
      if (problem !== undefined) warn(`Left out the tool "${tool["name"]}": ${problem}`);
      return problem === undefined;
    });
    return kept.length === tools.length ? result : { ...result, tools: kept };
  }

  /** The headers for a call of a tool; `undefined` where it has none. */
  of(params: Params | undefined): Record<string, string> | undefined {
    const known = this.#params.get(params?.["name"]);
    if (known === undefined) return undefined;
    const headers: Record<string, string> = {};
    for (const { header, path } of known) {
      const value = paramHeaderValue(argumentAt(params?.["arguments"], path));
      if (value !== undefined) headers[header] = checkLength(value, `The argument ${path.join(".")}`);
    }
    return headers;
  }
}

/** @throws LocalError `limit` for a value that is too long for a header; it says which field that is. */
export function checkLength(value: string, field: string): string {
  if (value.length <= limits.headerLength) return value;
  const message = `${field} is repeated in an HTTP header, and has more than ${limits.headerLength} characters there`;
  throw new LocalError("limit", message, { data: { limit: "headerLength" } });
}
