import { countFor, type Keyword, valueFor } from "./compiler.ts";
import { areUnique } from "./equality.ts";
import { type Check, type Evaluation, refusal } from "./evaluation.ts";
import { valueOf } from "./references.ts";

/** Whether the items from `first` on are right; all of them are looked at when issues are collected. */
function everyItem(value: readonly unknown[], first: number, checkOf: (index: number) => Check | undefined, run: Evaluation): boolean {
}
