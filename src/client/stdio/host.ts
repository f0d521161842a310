import process from "node:process";
import type { ProcessTree } from "./tree.ts";

const trees = new Set<ProcessTree>();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Lets a tree die with this process, however that ends. Gives back what ends the watch. */
export function diesWithHost(tree: ProcessTree): () => void {
  if (trees.size === 0) {
    process.on("exit", killAll);
    for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  }
  trees.add(tree);
  return () => {
    if (!trees.delete(tree) || trees.size > 0) return;
    process.off("exit", killAll);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

function killAll(): void {
  for (const tree of trees) tree.killAtOnce();
}

/**
 * Children lead groups of their own, so a signal to this process, such as Ctrl-C, does not reach them.
 *
 * Where the host does not handle the signal, it ends the host without an "exit" event: the children are killed here,
 * and the signal is sent again to do what it would have done. Where the host handles it, the host decides what it means
 * for its connections, and its exit still kills them. The listener steps aside before the others run, so that those who
 * count listeners see only their own.
 */
function onSignal(signal: NodeJS.Signals): void {
  process.off(signal, onSignal);
  if (process.listenerCount(signal) === 0) {
    killAll();
    process.kill(process.pid, signal);
    return;
  }
  setImmediate(() => {
    if (trees.size > 0 && !process.listeners(signal).includes(onSignal)) process.prependListener(signal, onSignal);
  });
}
