/** A host of skills: it lists them, loads those that are wanted, and takes nothing that is not what was listed. */
import { createHash } from "node:crypto";
import type { Client } from "mcplex/client";
import { type SkillEntry, skills } from "../skills.ts";

type SkillFile = SkillEntry["resources"][number];

/** The skills that a server offers. Nothing of them is read. */
export async function listSkills(client: Client): Promise<readonly SkillEntry[]> {
  const { skills: entries } = await client.extension(skills).request("skills/list", {});
  return entries;
}

/** Loads every skill with its files; says which one is refused, and goes on with the next. */
export async function loadSkills(client: Client): Promise<void> {
  for (const skill of await listSkills(client)) {
    try {
      await load(client, skill);
      console.log(`${skill.uri}: loaded`);
    } catch (error) {
      if (!(error instanceof SkillRefused)) throw error;
      console.log(`${skill.uri}: ${error.message}`);
    }
  }
}

/** What was read is not what was listed. */
class SkillRefused extends Error {}

/** The main file of a skill comes first: what is wrong with it spoils the others. */
async function load(client: Client, { uri, frontmatter, resources }: SkillEntry): Promise<void> {
  const main = resources.find((file) => file.uri === uri);
  if (main === undefined) throw new SkillRefused("it does not list its own file");
  const found = frontmatterOf(await read(client, main));
  for (const key of new Set([...Object.keys(frontmatter), ...Object.keys(found)])) {
    if (frontmatter[key] !== found[key]) throw new SkillRefused(`its ${key} is not what was listed`);
  }
  for (const file of resources) if (file !== main) await read(client, file);
}

async function read(client: Client, { uri, digest, size }: SkillFile): Promise<string> {
  const { contents } = await client.readResource(uri);
  const [content] = contents;
  if (content === undefined) throw new SkillRefused(`${uri} is empty`);
  const bytes = "text" in content ? Buffer.from(content.text) : Buffer.from(content.blob, "base64");
  if (bytes.length !== size) throw new SkillRefused(`${uri} has ${bytes.length} bytes, not ${size}`);
  const found = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (found !== digest) throw new SkillRefused(`${uri} has another digest than was listed`);
  return bytes.toString();
}

/** The head of a Markdown file, of the form `key: value`. */
function frontmatterOf(markdown: string): Record<string, string> {
  const [, head] = /^---\n(.*?)\n---\n/s.exec(markdown) ?? [];
  if (head === undefined) throw new SkillRefused("it has no frontmatter");
  return Object.fromEntries(
    head.split("\n").map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const;
    }),
  );
}
