import { isIP } from "node:net";
import type { TlsOptions } from "../client/http/index.ts";
import { DefinitionError, LocalError } from "../errors.ts";
import { checkOptions } from "../server/index.ts";

/** Options of {@link createFetch}; all have defaults. */
export interface CreateFetchOptions extends TlsOptions {
  /** The path of a Unix socket to connect to, whatever the host of the URL is. */
  readonly socketPath?: string;
  /** The URL of a proxy, such as `http://user:password@proxy.example:3128`. */
  readonly proxy?: string | URL;
  /**
   * Gives the address to connect to for a host, and is asked for each new connection. What looked a name up and found
   * it harmless connects to that address then, and to no other that the name may have a moment later.
   */
  readonly pin?: (hostname: string) => string | Promise<string>;
}

const KNOWN = "ca cert key pfx passphrase servername minVersion ciphers rejectUnauthorized socketPath proxy pin";

/**
 * Makes a `fetch` that trusts other certificates, shows one's own, or goes through a proxy: for the option `fetch` of
 * `http()`, and wherever else one is taken. It needs the package `undici` 7, which is loaded at the first request.
 *
 * Without a proxy, `http()` takes the options `tls` and `socketPath` itself, and is faster.
 *
 * @example
 * ```ts
 * const client = await Client.connect(http(url, { fetch: createFetch({ proxy: "http://proxy.example:3128" }) }));
 * ```
 * @throws DefinitionError for options that exclude one another; the `fetch` rejects with LocalError `not_supported`
 * where `undici` is not installed.
 */
export function createFetch(options: CreateFetchOptions): typeof fetch {
  check(options);
  let loading: ReturnType<typeof load> | undefined;
  return (async (input: string | URL, init?: RequestInit) => {
    loading ??= load(options);
    const { fetch, dispatcher } = await loading;
    return fetch(input, { ...(init as object), dispatcher }) as unknown as Promise<Response>;
  }) as typeof fetch;
}

function check(options: CreateFetchOptions): void {
  const { proxy, pin, socketPath } = options;
  checkOptions("createFetch", options, KNOWN.split(" "));
  if ([proxy, pin, socketPath].filter((one) => one !== undefined).length > 1) {
    throw new DefinitionError("Of proxy, pin and socketPath only one says where to connect to");
  }
  if (proxy !== undefined && !URL.canParse(proxy)) throw new DefinitionError("proxy must be the URL of a proxy");
}

async function load({ proxy, pin, socketPath, ...given }: CreateFetchOptions) {
  const { Agent, ProxyAgent, buildConnector, fetch } = await import("undici").catch((cause: unknown) => {
    throw new LocalError("not_supported", "createFetch needs the package undici: npm install undici@7", { cause });
  });
  const tls = given as object;
  // A stream on which nothing happens is no failure. How long a request may take is up to who sends it.
  const patience = { bodyTimeout: 0, headersTimeout: 0 };
  if (proxy !== undefined) {
    const uri = new URL(proxy).href;
    return { fetch, dispatcher: new ProxyAgent({ uri, requestTls: tls, proxyTls: tls, ...patience }) };
  }
  const connect = buildConnector({ ...tls, socketPath });
  if (pin === undefined) return { fetch, dispatcher: new Agent({ connect, ...patience }) };
  const open = async (...[target, opened]: Parameters<typeof connect>): Promise<void> => {
    const { hostname, servername = isIP(hostname) === 0 ? hostname : undefined } = target;
    try {
      const address = await addressOf(pin, hostname);
      connect({ ...target, hostname: address, servername }, opened);
    } catch (error) {
      opened(error as Error, null);
    }
  };
  const pinned: typeof connect = (...given) => void open(...given);
  return { fetch, dispatcher: new Agent({ connect: pinned, ...patience }) };
}

async function addressOf(pin: NonNullable<CreateFetchOptions["pin"]>, hostname: string): Promise<string> {
  const address = await pin(hostname);
  if (isIP(address) !== 0) return address;
  throw new DefinitionError(`pin must give an IP address for ${hostname}`);
}
