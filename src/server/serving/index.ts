export { callOf } from "../calling.ts";
export { dual, Eras } from "../dual.ts";
