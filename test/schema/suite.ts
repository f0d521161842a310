import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type JsonSchema, SchemaError, type Validator } from "../../src/schema/index.ts";
import { type CompileOptions, compile } from "../../src/schema/validator/index.ts";

/** The fixtures folder with JSON-Schema-Test-Suite; `undefined` where the tests run without it. */
export const suite: string | undefined =
  process.env["MCPLEX_FIXTURES"] === undefined ? undefined : join(process.env["MCPLEX_FIXTURES"], "json-schema");

interface Group {
  readonly description: string;
  readonly schema: JsonSchema | boolean;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

export interface Count {
  passed: number;
  refused: number;
}

export interface Run {
  /** By file: cases with the right verdict, and cases whose schema was refused. */
  readonly counts: Record<string, Count>;
  /** Cases with the wrong verdict. */
  readonly wrong: string[];
  /** The messages of the refusals, by file. */
  readonly refusals: Record<string, string[]>;
}

/** Runs every file of one folder of the suite. The cases of draft-07 do not declare their dialect, so it is added. */
export function runSuite(folder: string, options: CompileOptions, leaveOut: readonly string[] = []): Run {
  const run: Run = { counts: {}, wrong: [], refusals: {} };
  const path = join(suite ?? "", folder);
  const names = readdirSync(path).filter((name) => name.endsWith(".json"));
  for (const name of names.sort().filter((each) => !leaveOut.includes(each))) {
    const groups = JSON.parse(readFileSync(join(path, name), "utf8")) as Group[];
    const count: Count = { passed: 0, refused: 0 };
    run.counts[name] = count;
    for (const group of groups) runGroup(group, folder.startsWith("draft7"), options, run, count, name);
  }
  return run;
}

function runGroup(group: Group, draft07: boolean, options: CompileOptions, run: Run, count: Count, name: string): void {
  const { schema, tests, description } = group;
  const declared = draft07 && typeof schema === "object" && !Object.hasOwn(schema, "$schema");
  let validate: Validator;
  try {
    validate = compile(declared ? { $schema: "http://json-schema.org/draft-07/schema#", ...schema } : schema, options);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    count.refused += tests.length;
    (run.refusals[name] ??= []).push(error.message);
    return;
  }
  for (const test of tests) {
    const issues = validate(test.data);
    if ((issues === undefined) === test.valid) count.passed++;
    else run.wrong.push(`${name}: ${description}: ${test.description}`);
  }
}
