export type { ClientCredentials } from "./client-auth.ts";
export { type AuthorizationCodeOptions, type AuthorizeContext, authorizationCode } from "./code.ts";
export { type EnterpriseOptions, enterprise, type IdentityProvider, type SubjectToken } from "./enterprise.ts";
export { type OAuthFetch, withOAuth } from "./fetch.ts";
export type { AuthEvent, Grant } from "./grant.ts";
export { type ClientCredentialsOptions, clientCredentials, type JwtBearerOptions, jwtBearer } from "./machine.ts";
export type { OAuthOptions } from "./options.ts";
export type { ClientMetadata } from "./registration.ts";
export type { TokenStore } from "./store.ts";
