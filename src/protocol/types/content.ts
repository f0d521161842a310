import type { Annotations, MetaObject } from "./base.ts";
import type { Resource } from "./definitions.ts";

/**
 * A piece of what a tool or a prompt gives. On the wire there may be kinds that are not listed here; they pass through.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
 */
export type ContentBlock = TextContent | ImageContent | AudioContent | ResourceLink | EmbeddedResource;

/** Text. */
export interface TextContent {
  type: "text";
  /** The text itself. */
  text: string;
  /** Hints on its use. */
  annotations?: Annotations;
  /** Facts beside the text. Since 2025-06-18. */
  _meta?: MetaObject;
}

/** A picture. */
export interface ImageContent {
  type: "image";
  /** Its bytes in base64. */
  data: string;
  /** Its media type. */
  mimeType: string;
  /** Hints on its use. */
  annotations?: Annotations;
  /** Facts beside the picture. Since 2025-06-18. */
  _meta?: MetaObject;
}

/** A recording. Since 2025-03-26. */
export interface AudioContent {
  type: "audio";
  /** Its bytes in base64. */
  data: string;
  /** Its media type. */
  mimeType: string;
  /** Hints on its use. */
  annotations?: Annotations;
  /** Facts beside the recording. Since 2025-06-18. */
  _meta?: MetaObject;
}

/** Points to a resource, which need not be in any list. Since 2025-06-18. */
export interface ResourceLink extends Resource {
  type: "resource_link";
}

/** Contents of a resource, sent along. */
export interface EmbeddedResource {
  type: "resource";
  /** The contents. */
  resource: TextResourceContents | BlobResourceContents;
  /** Hints on its use. */
  annotations?: Annotations;
  /** Facts beside the resource. Since 2025-06-18. */
  _meta?: MetaObject;
}

/**
 * What all contents of resources have.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-contents
 */
export interface ResourceContents {
  /** The resource that these are the contents of. */
  uri: string;
  /** The media type, where known. */
  mimeType?: string;
  /** Facts beside the contents. Since 2025-06-18. */
  _meta?: MetaObject;
}

/** Contents that are text. */
export interface TextResourceContents extends ResourceContents {
  /** The text itself. */
  text: string;
}

/** Contents that are bytes. */
export interface BlobResourceContents extends ResourceContents {
  /** The bytes in base64. */
  blob: string;
}
