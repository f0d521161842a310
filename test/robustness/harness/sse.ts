/** A reader of server-sent events, written after the letter of the HTML standard and sharing nothing with the product. */

/** One event as a browser would dispatch it. */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string;
}

/**
 * The events of a whole stream. An event without its blank line is none, and neither is one without any `data`; one with
 * empty data is given, since its id counts.
 */
export function readEvents(text: string): SseEvent[] {
  const events: SseEvent[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  // What follows the last line break is a line that has not ended.
  lines.pop();
  let event = "";
  let data: string[] = [];
  let id = "";
  let seen = false;
  for (const line of lines) {
    if (line === "") {
      if (seen) events.push({ event: event === "" ? "message" : event, data: data.join("\n"), id });
      event = "";
      data = [];
      id = "";
      seen = false;
      continue;
    }
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
    if (field === "data") seen = true;
  }
  return events;
}
