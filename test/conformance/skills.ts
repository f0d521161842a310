/** The skills extension (SEP-2640), as both sides know it. */
import { extension } from "mcplex";
import { z } from "zod";

/** The media type of a directory. */
export const DIRECTORY = "inode/directory";

const entry = z.object({
  uri: z.string(),
  /** The head of the skill's own file. */
  frontmatter: z.record(z.string(), z.unknown()),
  /** All files of the skill, its own among them. */
  resources: z.array(z.object({ uri: z.string(), digest: z.string(), size: z.int() })),
});

/** A skill as a server lists it. */
export type SkillEntry = z.output<typeof entry>;

export const skills = extension({
  id: "io.modelcontextprotocol/skills",
  requests: {
    "skills/list": {
      params: z.object({ cursor: z.string().optional() }),
      result: z.object({ skills: z.array(entry), nextCursor: z.string().optional() }),
      cacheable: true,
      required: false,
    },
    "skills/get": {
      params: z.object({ uri: z.string() }),
      result: z.object({ skill: entry }),
      cacheable: true,
      required: false,
    },
    "resources/directory/read": {
      params: z.object({ uri: z.string(), cursor: z.string().optional() }),
      result: z.object({
        resources: z.array(z.object({ uri: z.string(), name: z.string(), mimeType: z.string() })),
        nextCursor: z.string().optional(),
      }),
      required: false,
    },
  },
});
