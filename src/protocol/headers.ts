/**
 * The HTTP headers of the protocol, as the specification spells them. Names of headers are compared without case.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export const HeaderName = {
  /** The revision in use: on every request since 2026-07-28, and on all after the handshake since 2025-06-18. */
  protocolVersion: "MCP-Protocol-Version",
  /** The method of the message in the body. Since 2026-07-28. */
  method: "Mcp-Method",
  /** The tool, prompt, resource or task that the message is about. Since 2026-07-28. */
  name: "Mcp-Name",
  /** The beginning of the headers that repeat single arguments of a tool. Since 2026-07-28. */
  paramPrefix: "Mcp-Param-",
  /** The session. Up to 2025-11-25. */
  sessionId: "Mcp-Session-Id",
  /** The last event that a resuming client has seen. Up to 2025-11-25. */
  lastEventId: "Last-Event-ID",
} as const;

const SENTINEL_START = "=?base64?";
const SENTINEL_END = "?=";

const PLAIN = /^[ -~]*$/;
const FIELD_VALUE = /^[\t -~]*$/;

const utf8 = /* @__PURE__ */ new TextEncoder();
const strictUtf8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Removes the spaces and tabs around a value, which HTTP does not count as a part of it. */
export function trimOptionalWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpaceOrTab(text, start)) start++;
  while (end > start && isSpaceOrTab(text, end - 1)) end--;
  return text.slice(start, end);
}

function isSpaceOrTab(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

/**
 * A value as it stands in an `Mcp-Name` or `Mcp-Param-*` header: as it is when it is printable ASCII without a space at
 * either end, else as `=?base64?...?=` around its UTF-8. A value that looks like that already is wrapped too, so that
 * {@link decodeHeaderValue} gives back every value. A lone surrogate becomes U+FFFD.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#value-encoding
 */
export function encodeHeaderValue(value: string): string {
  const wrapped = value.startsWith(SENTINEL_START) && value.endsWith(SENTINEL_END);
  if (!wrapped && PLAIN.test(value) && trimOptionalWhitespace(value) === value) return value;
  let binary = "";
  for (const byte of utf8.encode(value)) binary += String.fromCharCode(byte);
  return SENTINEL_START + btoa(binary) + SENTINEL_END;
}

/**
 * The value that a header stands for, or undefined when it cannot be one: it has characters outside of printable ASCII,
 * or is `=?base64?...?=` around something else than canonical, padded base64 of at least one byte of valid UTF-8.
 * Spaces and tabs around it do not count. Text in any other wrapping, `=?BASE64?...?=` for one, stands for itself.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#value-encoding
 */
export function decodeHeaderValue(value: string): string | undefined {
  const text = trimOptionalWhitespace(value);
  if (!FIELD_VALUE.test(text)) return undefined;
  const shortest = SENTINEL_START.length + SENTINEL_END.length;
  if (text.length < shortest || !text.startsWith(SENTINEL_START) || !text.endsWith(SENTINEL_END)) return text;
  const base64 = text.slice(SENTINEL_START.length, -SENTINEL_END.length);
  if (base64 === "") return undefined;
  try {
    const binary = atob(base64);
    // atob forgives white space, missing padding and stray bits; its inverse writes the one canonical form.
    if (btoa(binary) !== base64) return undefined;
    return strictUtf8.decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
