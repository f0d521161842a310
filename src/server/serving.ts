export { dual, Eras } from "./dual.ts";
