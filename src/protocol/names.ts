const TOOL_NAME = /^[A-Za-z0-9_.-]+$/;
const LABEL = /^[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/;

/**
 * Says what is wrong with the name of a tool, or undefined when nothing is: a name has 1 to 128 of the characters A-Z,
 * a-z, 0-9, `_`, `-` and `.`. The rule is a recommendation, so this is worth a warning and never a refusal.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-names
 */
export function toolNameProblem(name: string): string | undefined {
  if (name === "") return "a tool name should not be empty";
  if (name.length > 128) return "a tool name should have at most 128 characters";
  return TOOL_NAME.test(name) ? undefined : "a tool name should have only letters, digits, _, - and . in it";
}

/**
 * Says what is wrong with a key of `_meta`, or undefined when nothing is: an optional prefix of dotted labels with a
 * slash behind it, and a name, which may be empty.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 */
export function metaKeyProblem(key: string): string | undefined {
  const { labels, name } = splitKey(key);
  if (labels?.every((label) => LABEL.test(label)) === false) {
    return "a label begins with a letter, ends with a letter or digit, and has only those and -";
  }
  if (name === "" || NAME.test(name)) return undefined;
  return "a name begins and ends with a letter or digit, and has only those and -, _ and .";
}

/**
 * Whether the prefix of a `_meta` key or extension id belongs to the protocol: its second label is `mcp` or
 * `modelcontextprotocol`. `dev.mcp/x` and `com.mcp.tools/x` do, `com.example.mcp/x` does not.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 */
export function isReservedMetaKey(key: string): boolean {
  const second = splitKey(key).labels?.[1];
  return second === "modelcontextprotocol" || second === "mcp";
}

/**
 * Says what is wrong with the id of an extension, or undefined when nothing is: a `_meta` key whose prefix and name are
 * both there, such as `com.example/audit`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/extensions
 */
export function extensionIdProblem(id: string): string | undefined {
  const { labels, name } = splitKey(id);
  if (labels === undefined) return "an extension id has a prefix, such as com.example/";
  return name === "" ? "an extension id has a name behind its prefix" : metaKeyProblem(id);
}

/** The labels before the first slash, if there is one, and the rest, in which another slash is a fault of the name. */
function splitKey(key: string): { labels: string[] | undefined; name: string } {
  const slash = key.indexOf("/");
  return slash < 0
    ? { labels: undefined, name: key }
    : { labels: key.slice(0, slash).split("."), name: key.slice(slash + 1) };
}
