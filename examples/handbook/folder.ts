import { type FileHandle, open, readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/** Files that a folder may hold: a handbook, and not a whole disk by mistake. */
const MOST_PAGES = 5000;
/** The largest file that is read, in bytes. */
const LARGEST_PAGE = 1024 * 1024;
/** How much of a file is looked through for its first heading, in bytes. */
const HEADING_WITHIN = 4096;

/** A Markdown file, as a list shows it. */
export interface Page {
  /** Its path below the folder, with `/` on every platform. */
  readonly path: string;
  /** Its first heading, or its name. */
  readonly title: string;
  /** In bytes. */
  readonly size: number;
  readonly modified: Date;
}

/** The folder or one of its pages cannot be used; the message says why and is fit for anybody who may read pages. */
export class FolderError extends Error {
  override readonly name: string = "FolderError";
}

/**
 * A folder of Markdown files, read anew each time.
 *
 * Nothing outside it can be read: symbolic links are not followed, neither to files nor to folders, and neither are
 * names that begin with a dot.
 */
export class Folder {
  /** Its real path. */
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** @throws FolderError when there is no such folder, or it holds more than a handbook does. */
  static async open(path: string): Promise<Folder> {
    const root = await realpath(path).catch(() => undefined);
    if (root === undefined) throw new FolderError(`There is no folder ${path}`);
    if (!(await stat(root)).isDirectory()) throw new FolderError(`${path} is a file, not a folder`);
    const folder = new Folder(root);
    try {
      await folder.paths();
    } catch (error) {
      throw error instanceof FolderError ? error : unreadable(`The folder ${path}`, error);
    }
    return folder;
  }

  /** The paths of all pages, sorted. @throws FolderError when there are too many. */
  async paths(): Promise<string[]> {
    const pages: string[] = [];
    for await (const { pages: found } of this.#walk()) {
      pages.push(...found);
      if (pages.length > MOST_PAGES) {
        throw new FolderError(`${this.root} holds more than ${MOST_PAGES} Markdown files: choose a folder inside it`);
      }
    }
    return pages.sort();
  }

  /** The real paths of the folder and of the folders in it that may hold pages. */
  async folders(): Promise<string[]> {
    const folders: string[] = [];
    for await (const { folder } of this.#walk()) folders.push(join(this.root, folder));
    return folders;
  }

  /** A page without its text; undefined when there is none of this path. @throws FolderError when it is unreadable. */
  describe(path: string): Promise<Page | undefined> {
    return this.#open(path, async (file) => {
      const { size, mtime } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADING_WITHIN), 0, HEADING_WITHIN, 0);
      const title = titleOf(decode(buffer.subarray(0, bytesRead))) ?? basename(path, ".md");
      return { path, title, size, modified: mtime };
    });
  }

  /** The text of a page; undefined when there is none of this path. @throws FolderError when it is unreadable. */
  read(path: string): Promise<string | undefined> {
    return this.#open(path, async (file) => {
      const { size } = await file.stat();
      if (size > LARGEST_PAGE) throw new FolderError(`The page ${path} is larger than ${LARGEST_PAGE} bytes`);
      return decode(await file.readFile());
    });
  }

  async #open<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
    if (!isPagePath(path)) return undefined;
    const full = join(this.root, path);
    try {
      // A link anywhere on the way, or a name in another case, makes the real path differ.
      if ((await realpath(full)) !== full || !(await stat(full)).isFile()) return undefined;
      const file = await open(full, "r");
      try {
        return await use(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (error instanceof FolderError) throw error;
      if (isMissing(error)) return undefined;
      throw unreadable(`The page ${path}`, error);
    }
  }

  /** Every folder that may hold pages, with those that it holds. */
  async *#walk(): AsyncGenerator<{ folder: string; pages: string[] }> {
    const waiting = [""];
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
      const inside = await readdir(join(this.root, folder), { withFileTypes: true }).catch((error: unknown) => {
        if (folder !== "" && isMissing(error)) return [];
        throw error;
      });
      const pages: string[] = [];
      for (const entry of inside) {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.isFile() && isPagePath(path)) pages.push(path);
        if (entry.isDirectory() && isSegment(entry.name) && entry.name !== "node_modules") waiting.push(path);
      }
      yield { folder, pages };
    }
  }
}

/** Whether a path can be that of a page, whatever the folder holds. */
function isPagePath(path: string): boolean {
  return path.endsWith(".md") && path.split("/").every(isSegment);
}

/** A name that is hidden, or means something else than itself on some platform, is no part of a page's path. */
function isSegment(name: string): boolean {
  return name !== "" && !name.startsWith(".") && !/[\\:\0]/.test(name);
}

/** Text without a byte order mark. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function titleOf(text: string): string | undefined {
  for (const line of text.split("\n")) {
    if (line.startsWith("# ")) return line.slice(2).trim() || undefined;
  }
  return undefined;
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(codeOf(error));
}

function unreadable(what: string, error: unknown): FolderError {
  return new FolderError(`${what} cannot be read (${codeOf(error)})`, { cause: error });
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? "unknown error");
}
