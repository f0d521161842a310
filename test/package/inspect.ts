/** What an installed package is asked: what it holds, whether it loads, and what an import of it loads. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The output of a module that runs in a plain Node process in `project`. */
async function evaluate(project: string, script: string): Promise<unknown> {
  const args = ["--input-type=module", "--eval", script];
  const { stdout } = await run(process.execPath, args, { cwd: project, env: { PATH: process.env["PATH"] } });
  return JSON.parse(stdout);
}

/** Files of an installed package that no user needs. */
export async function needlessFiles(project: string, name: string): Promise<string[]> {
  const folder = join(project, "node_modules", name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join("/"),
    );
  const wanted = /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/.*(?<!\.test)(\.js|\.d\.ts))$/;
  return files.filter((file) => !wanted.test(file)).toSorted();
}

/** The subpaths of an installed package that are modules, such as `mcplex/server`. */
export async function modulesOf(project: string, name: string): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(project, "node_modules", name, "package.json"), "utf8"));
  const keys = Object.keys(manifest.exports).filter((key) => key !== "./package.json");
  return keys.map((key) => name + key.slice(1));
}

/** Imports all modules in one process: which do not load, and which give an error class that another gives too. */
export async function importProblems(project: string, modules: readonly string[]): Promise<string[]> {
  const script = `
    const problems = [];
    const classes = new Map();
    for (const name of ${JSON.stringify(modules)}) {
      let exported;
      try {
        exported = await import(name);
      } catch (error) {
        problems.push(name + " does not load: " + error.message);
        continue;
      }
      for (const [key, value] of Object.entries(exported)) {
        if (typeof value !== "function" || !(value.prototype instanceof Error)) continue;
        const first = classes.get(key) ?? { name, value };
        classes.set(key, first);
        if (first.value !== value) problems.push(key + " of " + first.name + " and of " + name + " are two classes");
      }
    }
    console.log(JSON.stringify(problems));
    process.exit();`;
  return (await evaluate(project, script)) as string[];
}

/** The files, as paths below node_modules, and the modules of Node that one import loads. */
export async function loadedBy(project: string, module: string): Promise<string[]> {
  const hooks = `
    let port;
    export const initialize = (data) => { port = data.port; };
    export const load = (url, context, next) => { port.postMessage(url); return next(url, context); };`;
  const script = `
    import { register } from "node:module";
    import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
    const { port1, port2 } = new MessageChannel();
    const hooks = "data:text/javascript," + encodeURIComponent(${JSON.stringify(hooks)});
    register(hooks, { data: { port: port2 }, transferList: [port2] });
    await import(${JSON.stringify(module)});
    const urls = [];
    for (let got = receiveMessageOnPort(port1); got !== undefined; got = receiveMessageOnPort(port1)) {
      urls.push(got.message);
    }
    console.log(JSON.stringify(urls));
    process.exit();`;
  const urls = (await evaluate(project, script)) as string[];
  return urls.map((url) => url.replace(/^.*\/node_modules\//, ""));
}
