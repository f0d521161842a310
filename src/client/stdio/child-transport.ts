import { peer } from "../../jsonrpc/channels/index.ts";
import type { PeerOptions, Transport } from "../../jsonrpc/index.ts";
import { Child } from "./child.ts";
import { ChildChannel } from "./child-channel.ts";
import { toCommand } from "./command.ts";
import type { StdioOptions } from "./options.ts";

/**
 * Starts a server, and opens the conversation with it.
 *
 * @param onEnding Called when the server begins to end, with what settles when it is gone.
 * @throws LocalError `spawn` when it does not start.
 */
export async function startChild(
  options: StdioOptions,
  onEnding: (gone: Promise<void>) => void,
  peerOptions: PeerOptions | undefined,
): Promise<Transport> {
  return peer(new ChildChannel(await Child.start(toCommand(options)), onEnding), peerOptions);
}
