import type {
  Annotations,
  AudioContent,
  EmbeddedResource,
  ImageContent,
  MetaObject,
  ResourceLink,
  TextContent,
} from "../protocol/index.ts";

/** What every content block may have beside its content. */
export interface BlockOptions {
  /** For whom it is, and how much it matters. */
  readonly annotations?: Annotations;
  readonly _meta?: MetaObject;
}

/** A block of text. @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#text-content */
export function text(content: string, options: BlockOptions = {}): TextContent {
  return { type: "text", text: content, ...options };
}

/** A picture, from its bytes or from base64. */
export function image(data: Uint8Array | string, mimeType: string, options: BlockOptions = {}): ImageContent {
  return { type: "image", data: base64(data), mimeType, ...options };
}

/** A sound, from its bytes or from base64. Clients of revision 2024-11-05 get a line of text in its place. */
export function audio(data: Uint8Array | string, mimeType: string, options: BlockOptions = {}): AudioContent {
  return { type: "audio", data: base64(data), mimeType, ...options };
}

/** A link to a resource that the client can read. Clients before revision 2025-06-18 get a line of text in its place. */
export function resourceLink(link: Omit<ResourceLink, "type">): ResourceLink {
  return { type: "resource_link", ...link };
}

/** The contents of a resource, inside a result. */
export function embedded(resource: EmbeddedResource["resource"], options: BlockOptions = {}): EmbeddedResource {
  return { type: "resource", resource, ...options };
}

/** Standard base64 of bytes; a string is taken as base64 already. */
export function base64(data: Uint8Array | string): string {
  if (typeof data === "string") return data;
  const pieces: string[] = [];
  // In slices, since every byte becomes an argument of the call.
  for (let at = 0; at < data.length; at += 0x8000) {
    pieces.push(String.fromCharCode(...data.subarray(at, at + 0x8000)));
  }
  return btoa(pieces.join(""));
}
