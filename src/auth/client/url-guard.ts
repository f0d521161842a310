import { AuthError } from "../../auth-error.ts";

/** Where an address is: `none` is link-local, of metadata services, multicast, or not to be used at all. */
type Reach = "public" | "private" | "loopback" | "none";

/** What may stand in a URI, and nothing that means something to a shell. */
const URI = /^(?!.*\$\()[!#$%&()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/;
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i;

/**
 * Checks every URL that a server names before anything is sent there, or shown to a browser.
 *
 * It must be https, or http on this machine; it has neither user nor password; and its address is public, or of the kind
 * that the MCP server's own address is.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/security_best_practices
 */
export class UrlGuard {
  /** The URL of the MCP server, or what the user says its resource is. */
  readonly server: URL;
  readonly #hosts: Set<string>;
  readonly #lookup: (hostname: string) => Promise<readonly string[]>;
  #home: Promise<ReadonlySet<Reach>> | undefined;

  /** `hosts` are those that may be private; `lookup` finds the addresses of a name, and gives none where it cannot. */
  constructor(server: URL, hosts: readonly string[], lookup: (hostname: string) => Promise<readonly string[]>) {
    this.server = server;
    this.#hosts = new Set(hosts.map((host) => host.toLowerCase()));
    this.#lookup = lookup;
  }

  /**
   * The URL, where it may be used. An address that stands in it is checked as well; a name is looked up when it is
   * connected to.
   *
   * @throws AuthError `unsafe_url`.
   */
  async check(given: unknown, what: string): Promise<URL> {
    const url = typeof given === "string" && URI.test(given) && URL.canParse(given) ? new URL(given) : undefined;
    if (url === undefined || !HOST.test(url.hostname)) throw unsafe(`The ${what} is no URL that can be used`);
    if (url.username !== "" || url.password !== "") throw unsafe(`The ${what} has a user or a password in it`);
    const reach = reachOf(url.hostname);
    if (url.protocol !== "https:" && (url.protocol !== "http:" || reach !== "loopback")) {
      throw unsafe(`The ${what} must begin with https:, and begins with ${url.protocol}`);
    }
    if (reach !== undefined) await this.#admit(url.hostname, reach, what);
    return url;
  }

  /** Takes a host as one that the user named. */
  trust(hostname: string): void {
    this.#hosts.add(hostname.toLowerCase());
  }

  /** Whether the user named a host. */
  trusts(hostname: string): boolean {
    return this.#hosts.has(hostname.toLowerCase());
  }

  /** Checks an address that is about to be connected to. @throws AuthError `unsafe_url`. */
  admit(hostname: string, address: string): Promise<void> {
    return this.#admit(hostname, reachOfAddress(address), "host");
  }

  async #admit(hostname: string, reach: Reach, what: string): Promise<void> {
    if (reach === "public" || this.trusts(hostname)) return;
    this.#home ??= this.#findHome();
    if ((await this.#home).has(reach)) return;
    const message = `The ${what} leads to ${hostname}, which is no public address: name it in hosts if it is meant to be`;
    throw unsafe(message);
  }

  async #findHome(): Promise<ReadonlySet<Reach>> {
    const { hostname } = this.server;
    const reach = reachOf(hostname);
    if (reach !== undefined) return new Set([reach]);
    const addresses = await this.#lookup(hostname).catch((): string[] => []);
    // Whoever owns a name says where it leads: never to this machine, and to the network around only as a whole.
    const isPrivate = addresses.length > 0 && addresses.every((one) => reachOfAddress(one) === "private");
    return new Set(isPrivate ? ["private"] : []);
  }
}

function unsafe(message: string): AuthError {
  return new AuthError("unsafe_url", message);
}

function reachOfAddress(address: string): Reach {
  return reachOf(address.includes(":") ? `[${address}]` : address) ?? "none";
}

/** Where a host is; `undefined` for a name. Hosts are as `URL` writes them, which knows every spelling of an address. */
export function reachOf(hostname: string): Reach | undefined {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost")) return "loopback";
  if (host.startsWith("[")) return reachOfV6(groupsOf(host.slice(1, -1)));
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) ? reachOfV4(host.split(".").map(Number)) : undefined;
}

function reachOfV4([a = 0, b = 0, c = 0]: readonly number[]): Reach {
  if (a === 127) return "loopback";
  if (a === 10 || (a === 172 && b >> 4 === 1) || (a === 192 && b === 168) || (a === 100 && b >> 6 === 1))
    return "private";
  if (a === 0 || a >= 224 || (a === 169 && b === 254) || (a === 192 && b === 0 && c === 0)) return "none";
  return a === 198 && b >> 1 === 9 ? "private" : "public";
}

function reachOfV6(groups: readonly number[]): Reach {
  const [a = 0, b = 0, c = 0] = groups;
  const leading = (count: number): boolean => groups.slice(0, count).every((group) => group === 0);
  const v4 = (at: number): Reach => {
    const [high = 0, low = 0] = groups.slice(at);
    return reachOfV4([high >> 8, high & 255, low >> 8, low & 255]);
  };
  if (leading(7)) return groups[7] === 1 ? "loopback" : "none";
  if ((leading(5) && groups[5] === 0xffff) || leading(6) || (leading(4) && groups[4] === 0xffff)) return v4(6);
  // NAT64 and 6to4 carry an address of version 4.
  if (a === 0x64 && b === 0xff9b) return c === 0 ? v4(6) : "private";
  if (a === 0x2002) return v4(1);
  if (a >> 9 === 0x7e || a >> 6 === 0x3fb) return "private";
  return a >> 13 === 1 && !(a === 0x2001 && b === 0) ? "public" : "none";
}

/** The eight groups of an address as `URL` or the system writes it. */
function groupsOf(address: string): number[] {
  const plain = address.replace(/%.*$/, "").replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = "", tail] = plain.split("::");
  const read = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [before, behind] = [read(head), read(tail ?? "")];
  return tail === undefined
    ? before
    : [...before, ...Array.from({ length: 8 - before.length - behind.length }, () => 0), ...behind];
}
