// Runs a measurement on one core. Two processes that take turns on two cores wake each other each time, and that costs
// more than what is measured.
import { execFileSync } from "node:child_process";

const taskset = (...args) => execFileSync("taskset", [...args, String(process.pid)], { encoding: "utf8" });

/** Whether there is a program to pin processes with. */
export function canPin() {
  try {
    taskset("-p");
    return true;
  } catch {
    return false;
  }
}

/** Runs `measure` with this process on one core, and with it the processes that it starts. */
export async function pinned(measure) {
  const mask = taskset("-p").split(":").at(-1)?.trim() ?? "";
  taskset("-a", "-p", "1");
  try {
    return await measure();
  } finally {
    taskset("-a", "-p", mask);
  }
}
