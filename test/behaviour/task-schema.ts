import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { extensionMethods } from "./extension-methods.ts";
import { fixtures } from "./wire-schemas.ts";

/** Lets the wire carry the methods of the tasks extension. */
export function allowTasks(): void {
  for (const name of ["tasks/get", "tasks/update", "tasks/cancel"]) extensionMethods.set(name, "taskId");
  extensionMethods.set("notifications/tasks", undefined);
}

let ajv: Ajv2020 | undefined;

/** Says how a value breaks a definition of the extension's own schema, or `undefined`; without fixtures always that. */
export function taskProblem(definition: string, value: unknown): string | undefined {
  if (fixtures === undefined) return undefined;
  if (ajv === undefined) {
    ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
    ajv.addSchema(JSON.parse(readFileSync(join(fixtures, "spec", "ext-tasks", "schema.json"), "utf8")), "tasks");
  }
  const validate = ajv.getSchema(`tasks#/$defs/${definition}`);
  if (validate === undefined) return `there is no definition ${definition}`;
  return validate(value) ? undefined : `${definition}: ${ajv.errorsText(validate.errors)} ${JSON.stringify(value)}`;
}
