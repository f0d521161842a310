import { InternalError, InvalidParamsError, type Resource } from "mcplex";
import { type Complete, jsonSchema, type ListResources, Server } from "mcplex/server";
import { type Folder, FolderError } from "./folder.ts";
import { search } from "./search.ts";
import { watchPages } from "./watch.ts";

const MARKDOWN = "text/markdown";
/** Resources on one page of the list. */
const LISTED_AT_ONCE = 100;
const MATCHES_AT_MOST = 20;

/** The URI of a page: its path, with whatever a URI cannot hold percent-encoded. */
export function uriOf(path: string): string {
  return `handbook://${path.split("/").map(encodeURIComponent).join("/")}`;
}

const searchInput = jsonSchema<{ query: string; limit?: number }>({
  type: "object",
  properties: {
    query: { type: "string", minLength: 1, maxLength: 200, description: "Words that a page must all have" },
    limit: { type: "integer", minimum: 1, maximum: MATCHES_AT_MOST, description: "How many pages to give at most" },
  },
  required: ["query"],
  additionalProperties: false,
});

/** What the search gives. */
export interface SearchOutput {
  readonly matches: readonly { path: string; uri: string; line: number; excerpt: string }[];
  readonly total: number;
  readonly searched: number;
  readonly unreadable: readonly string[];
}

const searchOutput = jsonSchema<SearchOutput>({
  type: "object",
  properties: {
    matches: {
      type: "array",
      description: "The pages that have all the words, the best first",
      items: {
        type: "object",
        properties: {
          path: { type: "string" },
          uri: { type: "string", description: "To be read as a resource" },
          line: { type: "integer", description: "The line that has most of the words" },
          excerpt: { type: "string" },
        },
        required: ["path", "uri", "line", "excerpt"],
      },
    },
    total: { type: "integer", description: "How many pages match, listed or not" },
    searched: { type: "integer", description: "How many pages were read" },
    unreadable: { type: "array", items: { type: "string" }, description: "Pages that could not be read, and why" },
  },
  required: ["matches", "total", "searched", "unreadable"],
});

const summariseInput = jsonSchema<{ path: string }>({
  type: "object",
  properties: { path: { type: "string", description: "The page, by its path" } },
  required: ["path"],
});

/** A server for a folder of Markdown files. What it offers is read from the folder when it is asked for. */
export function createHandbook(folder: Folder) {
  const completePath: Complete = async (typed) => {
    const paths = await folder.paths();
    const wanted = typed.toLowerCase();
    return paths.filter((path) => path.toLowerCase().includes(wanted)).sort(byStart(wanted));
  };

  return new Server(
    { name: "handbook", title: "Handbook", version: "1.0.0" },
    { instructions: "Search first, then read the pages that were found. Pages are Markdown." },
  )
    .resource("handbook://{+path}", ({ path }) => told(folder.read(path)), {
      name: "page",
      title: "Page",
      description: "A page of the handbook, by its path",
      mimeType: MARKDOWN,
      list: listPages(folder),
      complete: { path: completePath },
    })
    .tool(
      "search",
      {
        title: "Search the handbook",
        description: "Finds the pages that have all words of a query",
        input: searchInput,
        output: searchOutput,
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      async ({ query, limit = MATCHES_AT_MOST }, context) => {
        const onPage = (done: number, total: number, path: string) => context.progress(done, total, path);
        const found = await search(folder, query, onPage, context.signal);
        const best = found.matches.slice(0, limit);
        return {
          matches: best.map(({ path, line, excerpt }) => ({ path, uri: uriOf(path), line, excerpt })),
          total: found.matches.length,
          searched: found.searched,
          unreadable: found.unreadable,
        };
      },
    )
    .prompt(
      "summarise",
      {
        title: "Summarise a page",
        description: "Asks for a short summary of one page",
        input: summariseInput,
        complete: { path: completePath },
      },
      async ({ path }) => {
        const text = await told(folder.read(path));
        if (text === undefined) throw new InvalidParamsError(`There is no page ${path}`);
        return [
          { role: "user", content: { type: "text", text: "Summarise this page in five sentences, for a newcomer." } },
          { role: "user", content: { type: "resource", resource: { uri: uriOf(path), mimeType: MARKDOWN, text } } },
        ];
      },
    );
}

/** Tells those who listen when pages change, come and go, until the function that it gives back is called. */
export function announceChanges(server: Server, folder: Folder): Promise<() => void> {
  return watchPages(
    folder,
    ({ changed, listed }) => {
      for (const path of changed) server.updated(uriOf(path));
      if (listed.length > 0) server.listChanged("resources");
    },
    (error) => console.error(`handbook: not every change can be told: ${error}`),
  );
}

/** Lists the folder as it is now, some pages at a time; a cursor is the path of the last page before it. */
function listPages(folder: Folder): ListResources {
  return async (cursor = "") => {
    const rest = (await told(folder.paths())).filter((path) => path > cursor);
    const now = rest.slice(0, LISTED_AT_ONCE);
    const resources = await Promise.all(now.map((path) => entryOf(folder, path)));
    return {
      resources: resources.filter((resource) => resource !== undefined),
      nextCursor: rest.length > now.length ? now.at(-1) : undefined,
    };
  };
}

/** The entry of a page; undefined when it went meanwhile. One that is unreadable is there: reading it says why. */
async function entryOf(folder: Folder, path: string): Promise<Resource | undefined> {
  const named = { uri: uriOf(path), name: path, mimeType: MARKDOWN };
  try {
    const page = await folder.describe(path);
    if (page === undefined) return undefined;
    const { title, size, modified } = page;
    return { ...named, title, size, annotations: { lastModified: modified.toISOString() } };
  } catch (error) {
    if (error instanceof FolderError) return named;
    throw error;
  }
}

/** Lets the caller read why a page cannot be given; any other error would reach it in general words only. */
async function told<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw error instanceof FolderError ? new InternalError(error.message) : error;
  }
}

function byStart(typed: string) {
  const rank = (path: string): number => (path.toLowerCase().startsWith(typed) ? 0 : 1);
  return (one: string, other: string): number => rank(one) - rank(other);
}
