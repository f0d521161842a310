/** What identifies the two ends of a TLS connection; the names are those of `node:tls`. */
export interface TlsOptions {
  /** Certificates of authorities to trust instead of the well-known ones, as PEM or DER. */
  readonly ca?: string | Uint8Array | (string | Uint8Array)[];
  /** The client's own certificate, with its chain, as PEM. */
  readonly cert?: string | Uint8Array;
  /** The private key of `cert`, as PEM. */
  readonly key?: string | Uint8Array;
  /** Certificate and key in one, as PKCS#12. */
  readonly pfx?: string | Uint8Array;
  /** Opens `key` or `pfx`. */
  readonly passphrase?: string;
  /** The name that the server's certificate must have. Default: the host of the URL. */
  readonly servername?: string;
  /** The oldest version of TLS to speak. Default: that of Node. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** The ciphers to allow, as OpenSSL writes them. */
  readonly ciphers?: string;
  /** Whether a certificate that nobody trusted has signed ends the connection. Default true; false is for tests. */
  readonly rejectUnauthorized?: boolean;
}

/** One HTTP request. */
export interface HttpRequest {
  readonly method: "POST" | "GET" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Takes the reply to one HTTP request, as it arrives. Nothing that it does may throw. */
export interface HttpReply {
  /** The head is there. A header has its name in lower case. */
  head(status: number, header: (name: string) => string | undefined): void;
  /** The next bytes of the body. */
  chunk(bytes: Uint8Array): void;
  /** The reply is complete, or broke with an error. The last call, except after it was stopped. */
  end(error?: unknown): void;
}

/** Sends HTTP requests: how that is done depends on where the program runs. */
export interface Sender {
  /** Sends a request, and gives what stops it: from then on the reply is told nothing. */
  send(request: HttpRequest, reply: HttpReply): () => void;
  /** Closes the connections that wait for more requests. */
  close(): void;
}

/** What a sender is made of. */
export interface SenderOptions {
  /** Used instead of whatever the platform has. */
  readonly fetch?: typeof fetch | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly socketPath?: string | undefined;
}
