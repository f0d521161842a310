/** A server of one skill, with a file in a directory of its own. */
import { createHash } from "node:crypto";
import { InvalidParamsError, resource, type Server } from "mcplex/server";
import { serverSide } from "mcplex/server/extensions";
import { DIRECTORY, type SkillEntry, skills } from "../skills.ts";

const MARKDOWN = "text/markdown";

const frontmatter = { name: "pdf-processing", description: "Extract, fill, and assemble PDF documents" };
const ROOT = `skill://${frontmatter.name}`;
const MAIN = `${ROOT}/SKILL.md`;

/** The files of the skill, by their URIs. */
const files: ReadonlyMap<string, string> = new Map([
  [
    MAIN,
    `---
name: ${frontmatter.name}
description: ${frontmatter.description}
---

Look into references/FORMS.md before you fill in a form.
`,
  ],
  [`${ROOT}/references/FORMS.md`, "# Forms\n\nEvery field has a name, a type and a value.\n"],
]);

const skill: SkillEntry = {
  uri: MAIN,
  frontmatter,
  resources: [...files].map(([uri, text]) => ({
    uri,
    digest: `sha256:${createHash("sha256").update(text).digest("hex")}`,
    size: Buffer.byteLength(text),
  })),
};

/** What stands directly in a directory; undefined when there is no such directory. */
function childrenOf(directory: string) {
  const start = `${directory.replace(/\/$/, "")}/`;
  const inside = [...files.keys()].filter((uri) => uri.startsWith(start)).map((uri) => uri.slice(start.length));
  if (inside.length === 0) return undefined;
  return [...new Set(inside.map((path) => path.split("/", 1)[0] as string))].map((name) => ({
    uri: start + name,
    name,
    mimeType: files.has(start + name) ? MARKDOWN : DIRECTORY,
  }));
}

/** Adds the skill to a server. */
export function addSkills(server: Server): void {
  server.use(
    serverSide(skills, {
      settings: { directoryRead: true },
      on: {
        "skills/list": () => ({ skills: [skill] }),
        "skills/get": ({ uri }) => {
          if (uri !== MAIN) throw new InvalidParamsError(`There is no skill ${uri}`);
          return { skill };
        },
        "resources/directory/read": ({ uri }) => {
          const children = childrenOf(uri);
          if (children === undefined) throw new InvalidParamsError(`There is no directory ${uri}`);
          return { resources: children };
        },
      },
    }),
  );
  for (const [uri, text] of files) {
    // The main file stands for the skill.
    const said = uri === MAIN ? frontmatter : { name: uri.slice(ROOT.length + 1) };
    server.add(resource(uri, () => text, { ...said, mimeType: MARKDOWN }));
  }
}
