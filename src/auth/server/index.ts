export type { AuthInfo, HttpFacts, Principal } from "../../jsonrpc/index.ts";
export type { DpopOptions } from "./dpop.ts";
export { type IntrospectionOptions, verifyByIntrospection } from "./introspection.ts";
export { type VerifyJwtOptions, verifyJwt } from "./jwt.ts";
export type { JsonWebKeySet } from "./keys.ts";
export type { ProtectOptions } from "./options.ts";
export { type Protection, protect } from "./protect.ts";
export { hasScopes } from "./scopes.ts";
export { InvalidTokenError, TokenCheckUnavailableError, type Verify } from "./verify.ts";
