import { ErrorCode, type ErrorObject, MissingRequiredClientCapabilityError, type ProtocolError } from "../errors.ts";
import { isObject, Serialized } from "../jsonrpc/index.ts";
import { type ContentBlock, isSince, type Method, type Result, type Revision, SINCE } from "../protocol/index.ts";
import type { ListName, Wire } from "./wire.ts";

/** Since when the members of an entry, or of an implementation's description, exist. Those not named always did. */
const MEMBERS: Readonly<Record<string, Revision>> = {
  title: SINCE.title,
  _meta: SINCE.meta,
  outputSchema: SINCE.structuredContent,
  icons: SINCE.icons,
  websiteUrl: SINCE.icons,
};

/** The members of a result that revisions with a handshake do not have. */
const MODERN_MEMBERS = ["resultType", "ttlMs", "cacheScope"];

const wires = new Map<Revision, Wire>();

/** How a revision with a handshake writes what handlers give. */
export function legacyWire(revision: Revision): Wire {
  let wire = wires.get(revision);
  if (wire === undefined) {
    wire = new LegacyWire(revision);
    wires.set(revision, wire);
  }
  return wire;
}

class LegacyWire implements Wire {
  readonly revision: Revision;
  readonly asks = true;
  readonly progressMessage: boolean;
  readonly #structured: boolean;
  readonly #blocks: boolean;

  constructor(revision: Revision) {
    this.revision = revision;
    this.progressMessage = isSince(revision, SINCE.progressMessage);
    this.#structured = isSince(revision, SINCE.structuredContent);
    this.#blocks = isSince(revision, SINCE.resourceLink);
  }

  result(method: Method, result: Result): Serialized {
    const written = MODERN_MEMBERS.some((member) => member in result) ? without(result, MODERN_MEMBERS) : result;
    if (method.name === "tools/call") return Serialized.of(this.#toolResult(written as Record<string, unknown>));
    if (method.name === "prompts/get" && !this.#blocks) {
      return Serialized.of(this.#promptResult(written as Record<string, unknown>));
    }
    return Serialized.of(written);
  }

  entry(list: ListName, entry: object): object {
    const written = known(entry, this.revision);
    if (list === "prompts" && Array.isArray(written["arguments"])) {
      written["arguments"] = written["arguments"].map((argument) => known(argument, this.revision));
    }
    if (list !== "tools") return written;
    if (!isSince(this.revision, SINCE.toolAnnotations)) delete written["annotations"];
    const { outputSchema } = written;
    if (outputSchema !== undefined && !isObjectSchema(outputSchema)) delete written["outputSchema"];
    return written;
  }

  error(error: ProtocolError): ErrorObject {
    const told = error.toJSON();
    // The code has no meaning before 2026-07-28.
    return error instanceof MissingRequiredClientCapabilityError ? { ...told, code: ErrorCode.InvalidRequest } : told;
  }

  #toolResult(result: Record<string, unknown>): Record<string, unknown> {
    const { structuredContent, content } = result;
    const fits = this.#structured && isObject(structuredContent);
    const written = structuredContent === undefined || fits ? result : without(result, ["structuredContent"]);
    return this.#blocks
      ? written
      : { ...written, content: (content as ContentBlock[]).map((block) => this.#block(block)) };
  }

  #promptResult(result: Record<string, unknown>): Record<string, unknown> {
    const messages = result["messages"] as { content: ContentBlock }[];
    return { ...result, messages: messages.map((message) => ({ ...message, content: this.#block(message.content) })) };
  }

  /** A block that the revision has; for one that it has not, a line of text that says what it was. */
  #block(block: ContentBlock): object {
    if (block.type === "resource_link") {
      return { type: "text", text: `${block.title ?? block.name}: ${block.uri}` };
    }
    if (block.type === "audio" && !isSince(this.revision, SINCE.audio)) {
      return { type: "text", text: `[${block.mimeType}]` };
    }
    return known(block, this.revision);
  }
}

/** A copy without the members that came after a revision. */
export function known(value: object, revision: Revision): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => {
      const since = Object.hasOwn(MEMBERS, name) ? MEMBERS[name] : undefined;
      return since === undefined || isSince(revision, since);
    }),
  );
}

function without(value: object, members: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !members.includes(name)));
}

function isObjectSchema(schema: unknown): boolean {
  return isObject(schema) && schema["type"] === "object";
}
