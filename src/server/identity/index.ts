export type { Audit, AuditEntry } from "./audit.ts";
export { type MintOptions, mintCliToken } from "./cli-token.ts";
export { mayOperateHouse, mayReadHouse, requireHouse, requireOperator, scopeOf } from "./guards.ts";
export { createIdentity, type Identity, type IdentityOptions } from "./identity.ts";
export { loadOperatorToken, type OperatorToken } from "./operator-token.ts";
export { loadSecretKey } from "./secret-key.ts";
export { createTenantStores, ensureHouseTenant, type TenantLabel, type TenantStore } from "./tenants.ts";
