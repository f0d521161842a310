import type { JSONObject } from "./base.ts";

/**
 * What a client can do for a server. Said in every request since 2026-07-28, and once in `initialize` before.
 *
 * Capabilities without an interface here go into `extensions` or `experimental`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 */
export interface ClientCapabilities {
  /**
   * The client can ask its user. `{}` means forms alone.
   *
   * Since 2025-06-18.
   */
  elicitation?: {
    /** It shows forms. Since 2025-11-25. */
    form?: JSONObject;
    /** It opens URLs. Since 2025-11-25. */
    url?: JSONObject;
  };
  /**
   * The client gives a server the use of its model.
   *
   * @deprecated Call the provider of the model from the server.
   */
  sampling?: {
    /** It takes `tools` and `toolChoice`. Since 2025-11-25. */
    tools?: JSONObject;
    /** It takes an `includeContext` other than `"none"`. Since 2025-11-25. */
    context?: JSONObject;
  };
  /**
   * The client names the folders that a server may work on.
   *
   * @deprecated Take paths as arguments of tools, as resource URIs or from the server's configuration.
   */
  roots?: {
    /** It tells when they change. Up to 2025-11-25. */
    listChanged?: boolean;
  };
  /** Extensions by id, such as `io.modelcontextprotocol/tasks`, each with its settings. Since 2026-07-28. */
  extensions?: { [extension: string]: JSONObject };
  /** Capabilities outside the protocol. */
  experimental?: { [capability: string]: JSONObject };
  /** The client runs requests of the server as tasks. In 2025-11-25 alone; an extension since. */
  tasks?: {
    /** It answers `tasks/list`. */
    list?: JSONObject;
    /** It answers `tasks/cancel`. */
    cancel?: JSONObject;
    /** The requests that can become tasks. */
    requests?: {
      /** Of the sampling methods. */
      sampling?: { createMessage?: JSONObject };
      /** Of the elicitation methods. */
      elicitation?: { create?: JSONObject };
    };
  };
}

/**
 * What a server offers. Answered by `server/discover` since 2026-07-28, and by `initialize` before.
 *
 * Capabilities without an interface here go into `extensions` or `experimental`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/discover
 */
export interface ServerCapabilities {
  /** The server has tools. */
  tools?: {
    /** It tells when their list changes. */
    listChanged?: boolean;
  };
  /** The server has resources. */
  resources?: {
    /** It tells when a resource that somebody watches changes. */
    subscribe?: boolean;
    /** It tells when their list changes. */
    listChanged?: boolean;
  };
  /** The server has prompts. */
  prompts?: {
    /** It tells when their list changes. */
    listChanged?: boolean;
  };
  /** The server completes arguments. Since 2025-03-26; a server of 2024-11-05 does so without saying it. */
  completions?: JSONObject;
  /**
   * The server sends log messages.
   *
   * @deprecated Write to stderr where the transport is stdio, and use OpenTelemetry for observation.
   */
  logging?: JSONObject;
  /** Extensions by id, such as `io.modelcontextprotocol/tasks`, each with its settings. Since 2026-07-28. */
  extensions?: { [extension: string]: JSONObject };
  /** Capabilities outside the protocol. */
  experimental?: { [capability: string]: JSONObject };
  /** The server runs requests of the client as tasks. In 2025-11-25 alone; an extension since. */
  tasks?: {
    /** It answers `tasks/list`. */
    list?: JSONObject;
    /** It answers `tasks/cancel`. */
    cancel?: JSONObject;
    /** The requests that can become tasks. */
    requests?: {
      /** Of the tool methods. */
      tools?: { call?: JSONObject };
    };
  };
}
