/** How a request is authorized. */
export type Scheme = "Bearer" | "DPoP";

/** What a challenge says beside where the metadata is. */
export interface Saying {
  readonly error?: string;
  readonly description?: string;
  readonly scope?: readonly string[];
  readonly algs?: string;
}

/** One challenge of `WWW-Authenticate`. @see https://www.rfc-editor.org/rfc/rfc9728#section-5.1 */
export function challenge(scheme: Scheme, metadata: string, { error, description, scope, algs }: Saying): string {
  const parameters = {
    error,
    error_description: description,
    scope: scope === undefined || scope.length === 0 ? undefined : scope.join(" "),
    resource_metadata: metadata,
    algs,
  };
  const written = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${quotable(value)}"`],
  );
  return `${scheme} ${written.join(", ")}`;
}

/** A text as it may stand between quotes: what no header can have is left out. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "").replace(/["\\]/g, "\\$&");
}
