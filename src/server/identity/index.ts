export type { Audit } from "./audit.ts";
export { mintCliToken } from "./cli-token.ts";
export { mayReadHouse, requireHouse, requireOperator, scopeOf } from "./guards.ts";
export { createIdentity, type Identity } from "./identity.ts";
export { loadOperatorToken, type OperatorToken } from "./operator-token.ts";
export { loadSecretKey } from "./secret-key.ts";
export { createTenantStores, ensureHouseTenant } from "./tenants.ts";
