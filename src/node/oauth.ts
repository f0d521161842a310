import type { TokenStore } from "../auth/client/index.ts";
import type { CallbackReceiver, ReceiveCallbackOptions } from "./receive-callback.ts";

/**
 * Listens on 127.0.0.1 for the callback of an authorization server, for programs on the user's machine.
 *
 * @example
 * ```ts
 * const receiver = await receiveCallback();
 * const grant = authorizationCode({
 *   redirectUri: receiver.redirectUri,
 *   authorize(url, { signal }) {
 *     open(url);
 *     return receiver.callback(url, { signal });
 *   },
 * });
 * ```
 * @throws DefinitionError for a path that is none; an error of Node where the port is taken.
 */
export async function receiveCallback(options: ReceiveCallbackOptions = {}): Promise<CallbackReceiver> {
  const { listen } = await import("./receive-callback.ts");
  return listen(options);
}

/**
 * Keeps tokens in a file that only its user may read, for programs on the command line. Several processes may use it at
 * the same time: it is replaced as a whole, and only one of them refreshes a token. The folder is made where there is none.
 */
export async function fileTokenStore(path: string): Promise<TokenStore> {
  const { FileStore, prepare } = await import("./file-store.ts");
  await prepare(path);
  return new FileStore(path);
}
