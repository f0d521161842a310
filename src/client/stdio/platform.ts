import process from "node:process";

/** Whether processes have no groups and no signals, names of variables no case, and so on. */
export const onWindows: boolean = process.platform === "win32";
