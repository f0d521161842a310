/**
 * Small values that the rest of the protocol is made of.
 *
 * The interfaces of this folder are those of the newest revision, 2026-07-28; what an older revision has beside is
 * there too and says so. They are closed, so that a misspelt member is an error, though objects on the wire are open:
 * members that no interface names pass through unharmed.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/schema
 */

/** Any value that JSON can hold. */
export type JSONValue = string | number | boolean | null | JSONObject | JSONArray;

/** An object of JSON values. */
export interface JSONObject {
  [key: string]: JSONValue;
}

/** An array of JSON values. */
export type JSONArray = readonly JSONValue[];

/**
 * The contents of a `_meta` member: facts beside the payload, for programs and never for the model.
 *
 * A key is a name, or a prefix of dotted labels, a slash and a name: `com.example/trace`. Prefixes whose second label
 * is `modelcontextprotocol` or `mcp` belong to the protocol. The bare keys `traceparent`, `tracestate` and `baggage`
 * hold W3C trace context.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 */
export interface MetaObject {
  [key: string]: unknown;
}

/** Names the request that a progress notification is about: a string or an integer, `0` and `""` among them. */
export type ProgressToken = string | number;

/** A place in a list, opaque to the client. The empty string is a cursor; only a missing one ends a list. */
export type Cursor = string;

/** Who speaks in a message: the person, or the model. */
export type Role = "user" | "assistant";

/** How grave a log message is, from `debug` up to `emergency`, as in RFC 5424. */
export type LoggingLevel = "debug" | "info" | "notice" | "warning" | "error" | "critical" | "alert" | "emergency";

/** Hints on how a piece of content or a resource is to be used or shown. */
export interface Annotations {
  /** Whom it is for; both when absent. */
  audience?: readonly Role[];
  /** How much it matters, from 0 (may be left out) to 1 (needed). */
  priority?: number;
  /** When it last changed, as ISO 8601 text. Since 2025-06-18. */
  lastModified?: string;
}

/** What everything with a name has. */
export interface BaseMetadata {
  /** The name that programs use, and the one shown where there is no title. */
  name: string;
  /** The name for people. Since 2025-06-18. */
  title?: string;
}

/**
 * An icon. Whoever shows it treats it as untrusted: `https:` and `data:` only, fetched without credentials.
 *
 * Since 2025-11-25.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#icons
 */
export interface Icon {
  /** An `https:` URL or a `data:` URI. */
  src: string;
  /** The media type, where the source does not tell it. */
  mimeType?: string;
  /** The sizes that it suits, such as `"48x48"`, or `"any"` for a drawing that scales. Any size when absent. */
  sizes?: readonly string[];
  /** The background that it is drawn for; any when absent. */
  theme?: "light" | "dark";
}

/** What everything with icons has. Since 2025-11-25. */
export interface Icons {
  /** The same picture in several sizes or themes. */
  icons?: readonly Icon[];
}

/**
 * A piece of software that speaks the protocol. It says this of itself and nobody verifies it: good for display and
 * logs, never for decisions.
 */
export interface Implementation extends BaseMetadata, Icons {
  /** The version of the software, in whatever form it uses. */
  version: string;
  /** What the software does. Since 2025-11-25. */
  description?: string;
  /** Its home page. Since 2025-11-25. */
  websiteUrl?: string;
}
