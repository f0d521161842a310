import { onWindows } from "./platform.ts";

/** Variables without which programs do not run well, and which hold no secrets. */
const POSIX = ["HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"];

const WINDOWS = [
  "APPDATA",
  "COMSPEC",
  "HOMEDRIVE",
  "HOMEPATH",
  "LOCALAPPDATA",
  "NUMBER_OF_PROCESSORS",
  "OS",
  "PATH",
  "PATHEXT",
  "PROCESSOR_ARCHITECTURE",
  "PROGRAMDATA",
  "PROGRAMFILES",
  "PROGRAMFILES(X86)",
  "PROGRAMW6432",
  "PUBLIC",
  "SYSTEMDRIVE",
  "SYSTEMROOT",
  "TEMP",
  "TMP",
  "USERDOMAIN",
  "USERNAME",
  "USERPROFILE",
  "WINDIR",
];

/** Names of variables have no case on Windows. */
const fold = (name: string): string => (onWindows ? name.toUpperCase() : name);

/**
 * The environment of a child: what is safe of ours, what is inherited by wish, and what is given for it.
 *
 * @param inherit `true` for all of ours, or names to inherit beside the safe ones.
 */
export function environment(
  ours: Readonly<Record<string, string | undefined>>,
  given: Readonly<Record<string, string | undefined>>,
  inherit: boolean | readonly string[],
): Record<string, string> {
  const safe = onWindows ? WINDOWS : POSIX;
  const wanted = new Set([...safe, ...(Array.isArray(inherit) ? inherit : [])].map(fold));
  const variables = new Map<string, readonly [name: string, value: string]>();
  for (const [name, value] of Object.entries(ours)) {
    if (value === undefined) continue;
    const isWanted = inherit === true || wanted.has(fold(name)) || (!onWindows && name.startsWith("LC_"));
    // A value that a shell would take for a function of it is no value of such a variable.
    if (isWanted && (inherit === true || !value.startsWith("()"))) variables.set(fold(name), [name, value]);
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) variables.delete(fold(name));
    else variables.set(fold(name), [name, value]);
  }
  return Object.fromEntries(variables.values());
}

/** Below this length a value is found in any text. */
const SHORTEST_SECRET = 6;

/** Replaces the secrets of a child's environment in what it printed. */
export function withoutSecrets(text: string, environment: Readonly<Record<string, string>>): string {
  let masked = text;
  for (const [name, value] of Object.entries(environment)) {
    const isSecret = /auth|credential|key|pass|pwd|secret|token/i.test(name);
    if (isSecret && value.length >= SHORTEST_SECRET) masked = masked.replaceAll(value, `[${name}]`);
  }
  return masked;
}
