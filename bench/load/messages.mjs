// The messages of the load, as text that is made once: a request is the same for every server but for its id.
export const LEGACY = "2025-11-25";
export const MODERN = "2026-07-28";

const INFO = { name: "bench", version: "1.0.0" };
/** What a request of 2026-07-28 says of its client. */
export const META = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientInfo": INFO,
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** Stands for the id in a template; ids have as many digits, so that the length of a request does not change. */
const ID = 1234567;
let last = 1_000_000;

/** An id that no request in flight has. */
export function nextId() {
  last = last >= 9_999_990 ? 1_000_000 : last + 1;
  return last;
}

/** The text of a request with a placeholder for its id. `progress` asks for notifications. */
export function requestText(method, params, { modern = false, progress = false } = {}) {
  const meta = { ...(modern ? META : {}), ...(progress ? { progressToken: 7 } : {}) };
  const all = Object.keys(meta).length === 0 ? params : { ...params, _meta: meta };
  return JSON.stringify({ jsonrpc: "2.0", id: ID, method, params: all });
}

/** Makes the text around a placeholder a function of the id. */
export function template(text) {
  const [before, after] = text.split(String(ID));
  return (id) => before + id + after;
}

export const initialize = (version) =>
  JSON.stringify({
    jsonrpc: "2.0",
    id: 0,
    method: "initialize",
    params: { protocolVersion: version, capabilities: {}, clientInfo: INFO },
  });

export const initialized = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });
