import { ErrorCode, type ErrorObject, type ProtocolError } from "../errors.ts";
import { isObject } from "../json.ts";
import { Serialized } from "../jsonrpc/index.ts";
import { type ContentBlock, isSince, type Result, type Revision, SINCE, type Method } from "../protocol/index.ts";
import { ENTRY_SINCE, known } from "../protocol/methods/index.ts";
import { kept } from "./kept.ts";
import { type Ending, isJsonObject, textResult } from "./stringify.ts";
import type { ListName, Way, Wire } from "./wire.ts";

/** The members of a result that revisions with a handshake do not have. */
const MODERN_MEMBERS = ["resultType", "ttlMs", "cacheScope"];

/** These revisions add nothing to a result. */
const NOTHING: Ending = { tail: "}", complete: (value) => value };

/** How a revision with a handshake writes what handlers give. */
export const legacyWire: (revision: Revision) => Wire = kept(
  new Map<Revision, Wire>(),
  (revision) => new LegacyWire(revision),
);

class LegacyWire implements Wire {
  readonly revision: Revision;
  readonly sealing = undefined;
  readonly progressMessage: boolean;
  /** Whether blocks and contents can have all that they have today. */
  readonly #whole: boolean;

  constructor(revision: Revision) {
    this.revision = revision;
    this.progressMessage = isSince(revision, SINCE.progressMessage);
    this.#whole = isSince(revision, SINCE.icons);
  }

  way(): Way {
    return "requests";
  }

  result(method: Method, result: Result): Serialized {
    const { resultType, ttlMs, cacheScope } = result as Record<string, unknown>;
    const isModern = resultType !== undefined || ttlMs !== undefined || cacheScope !== undefined;
    const written = isModern ? without(result, MODERN_MEMBERS) : (result as Record<string, unknown>);
    const fitting = this.#written(method, written);
    return textResult(fitting, NOTHING) ?? Serialized.of(fitting);
  }

  deprecated(): void {
    // Nothing was, when these revisions were new.
  }

  entry(list: ListName, entry: object): object {
    const written = known(entry as Record<string, unknown>, this.revision, ENTRY_SINCE);
    if (list === "prompts" && Array.isArray(written["arguments"])) {
      written["arguments"] = written["arguments"].map((argument) => known(argument, this.revision, ENTRY_SINCE));
    }
    if (list !== "tools") return written;
    if (!isSince(this.revision, SINCE.toolAnnotations)) delete written["annotations"];
    const { outputSchema } = written;
    if (outputSchema !== undefined && !isObjectSchema(outputSchema)) delete written["outputSchema"];
    return written;
  }

  error(error: ProtocolError): ErrorObject {
    const told = error.toJSON();
    const since = Object.hasOwn(CODES_SINCE, told.code) ? CODES_SINCE[told.code] : undefined;
    return since === undefined || isSince(this.revision, since) ? told : { ...told, code: ErrorCode.InvalidRequest };
  }

  #written(method: Method, result: Record<string, unknown>): Record<string, unknown> {
    if (method.name === "tools/call") return this.#toolResult(result);
    if (this.#whole) return result;
    if (method.name === "prompts/get") {
      const messages = result["messages"] as { content: ContentBlock }[];
      return {
        ...result,
        messages: messages.map((message) => ({ ...message, content: this.#block(message.content) })),
      };
    }
    if (method.name !== "resources/read") return result;
    const contents = result["contents"] as object[];
    return { ...result, contents: contents.map((one) => known(one, this.revision, ENTRY_SINCE)) };
  }

  #toolResult(result: Record<string, unknown>): Record<string, unknown> {
    const { structuredContent } = result;
    const content = result["content"] as readonly ContentBlock[];
    const fits = isSince(this.revision, SINCE.structuredContent) && isJsonObject(structuredContent);
    if (structuredContent === undefined || fits) {
      return this.#whole ? result : { ...result, content: content.map((block) => this.#block(block)) };
    }
    // What cannot be sent as structured content must be there as text.
    const text = content.some(({ type }) => type === "text") ? [] : [toText(JSON.stringify(structuredContent))];
    const blocks = [...content, ...text].map((block) => this.#block(block));
    return { ...without(result, ["structuredContent"]), content: blocks };
  }

  /** A block that the revision has; for one that it has not, a line of text that says what it was. */
  #block(block: ContentBlock): ContentBlock {
    if (block.type === "resource_link" && !isSince(this.revision, SINCE.resourceLink)) {
      return toText(`${block.title ?? block.name}: ${block.uri}`);
    }
    if (block.type === "audio" && !isSince(this.revision, SINCE.audio)) return toText(`[${block.mimeType}]`);
    const written = known(block, this.revision, ENTRY_SINCE);
    if (written.type !== "resource") return written;
    return { ...written, resource: known(written.resource, this.revision, ENTRY_SINCE) };
  }
}

/** The revisions that gave codes their meaning; before, they have none. */
const CODES_SINCE: Readonly<Record<number, Revision>> = {
  [ErrorCode.MissingRequiredClientCapability]: "2026-07-28",
  [ErrorCode.UrlElicitationRequired]: SINCE.elicitationUrl,
};

function toText(text: string): ContentBlock {
  return { type: "text", text };
}

function without(value: object, members: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !members.includes(name)));
}

function isObjectSchema(schema: unknown): boolean {
  return isObject(schema) && schema["type"] === "object";
}
