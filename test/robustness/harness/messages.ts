/** Requests as bytes: what a well-behaved client sends, to be spoilt by a case in one place. */

/** The headers of one request; a list is one header for each value, and undefined leaves one out. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface HttpParts {
  /** Default POST. */
  readonly method?: string;
  /** Default /mcp. */
  readonly target?: string;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
}

const JSON_HEADERS: Headers = {
  Host: "localhost",
  "Content-Type": "application/json",
  Accept: "application/json, text/event-stream",
};

/** One request of HTTP/1.1. Texts of the head are bytes, each character one; the body is UTF-8. */
export function bytesOf({ method = "POST", target = "/mcp", headers = {}, body }: HttpParts): Buffer {
  const content = typeof body === "string" ? Buffer.from(body) : body;
  const length: Headers = content === undefined ? {} : { "Content-Length": String(content.length) };
  const defaults = method === "POST" ? JSON_HEADERS : { Host: "localhost" };
  const lines = [`${method} ${target} HTTP/1.1`];
  for (const [name, value] of Object.entries({ ...defaults, ...length, ...headers })) {
    for (const one of value === undefined ? [] : [value].flat()) lines.push(`${name}: ${one}`);
  }
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return content === undefined ? head : Buffer.concat([head, content]);
}

export const MODERN = "2026-07-28";

export const META = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** A request of 2026-07-28: its text, and the headers that repeat it. `raw` replaces the text. */
export function modern(
  id: unknown,
  method: string,
  params: Record<string, unknown> = {},
  raw?: string | Uint8Array,
): HttpParts {
  const named = params["name"] ?? params["uri"];
  return {
    headers: {
      "MCP-Protocol-Version": MODERN,
      "Mcp-Method": method,
      ...(typeof named === "string" ? { "Mcp-Name": named } : {}),
    },
    body: raw ?? JSON.stringify({ jsonrpc: "2.0", id, method, params: { _meta: META, ...params } }),
  };
}

/** A call of a tool in 2026-07-28. */
export function call(id: unknown, name: string, args: unknown = {}, meta: object = {}): HttpParts {
  return modern(id, "tools/call", { name, arguments: args, _meta: { ...META, ...meta } });
}

/** A message in a session of an older revision. */
export function inSession(session: string | undefined, message: unknown, version = "2025-11-25"): HttpParts {
  return {
    headers: { "Mcp-Session-Id": session, "MCP-Protocol-Version": version },
    body: typeof message === "string" ? message : JSON.stringify(message),
  };
}

/** More headers, or others. */
export function withHeaders(parts: HttpParts, headers: Headers): HttpParts {
  return { ...parts, headers: { ...parts.headers, ...headers } };
}
