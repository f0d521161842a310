import type { MetaObject } from "./base.ts";
import type { PrimitiveSchemaDefinition } from "./elicitation-schema.ts";
import type { NotificationParams, RequestMetaObject } from "./messages.ts";
import type { TaskMetadata } from "./tasks.ts";

/**
 * Asks the user of a client: a member of {@link InputRequests}, and a request of its own in 2025-06-18 and 2025-11-25.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
 */
export interface ElicitRequest {
  method: "elicitation/create";
  params: ElicitRequestParams;
}

/** The parameters of `elicitation/create`. Since 2025-06-18. */
export type ElicitRequestParams = ElicitRequestFormParams | ElicitRequestURLParams;

/**
 * A form for the user. Never for secrets: those go through a URL.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#form-mode-elicitation-requests
 */
export interface ElicitRequestFormParams {
  /** May be left out, and is unknown before 2025-11-25. */
  mode?: "form";
  /** What is asked, and why. */
  message: string;
  /** The fields of the form: a flat object, in a small part of JSON Schema. */
  requestedSchema: {
    /** The dialect. Since 2025-11-25. */
    $schema?: string;
    type: "object";
    /** The fields by name. */
    properties: { [field: string]: PrimitiveSchemaDefinition };
    /** The fields that must be filled in. */
    required?: readonly string[];
  };
  /** Facts beside the question. Up to 2025-11-25. */
  _meta?: RequestMetaObject;
  /** Wants the answer as a task. In 2025-11-25 alone. */
  task?: TaskMetadata;
}

/**
 * A page for the user to visit. The client shows the whole URL and opens it only when the user agrees.
 *
 * Since 2025-11-25.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#url-mode-elicitation-requests
 */
export interface ElicitRequestURLParams {
  mode: "url";
  /** Why the user should go there. */
  message: string;
  /** Where to go. It holds no credentials and nothing about the person. */
  url: string;
  /** Names the visit, for the notification that it is done. Required in 2025-11-25, unknown since. */
  elicitationId?: string;
  /** Facts beside the question. Up to 2025-11-25. */
  _meta?: RequestMetaObject;
  /** Wants the answer as a task. In 2025-11-25 alone. */
  task?: TaskMetadata;
}

/** What the user answered. Since 2025-06-18. */
export interface ElicitResult {
  /**
   * `"accept"`: the form was sent, or the visit agreed to (not: made). `"decline"`: the user said no. `"cancel"`: the
   * user turned away without an answer.
   */
  action: "accept" | "decline" | "cancel";
  /** The values of the form by field; only with `"accept"`, never for a URL. Lists of strings since 2025-11-25. */
  content?: { [field: string]: string | number | boolean | readonly string[] };
  /** Facts beside the answer. Up to 2025-11-25. */
  _meta?: MetaObject;
}

/**
 * The parameters of `notifications/elicitation/complete`: the user is done at the URL. In 2025-11-25 alone.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation
 */
export interface ElicitationCompleteNotificationParams extends NotificationParams {
  /** Which visit. */
  elicitationId: string;
}
