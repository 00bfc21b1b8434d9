import { HOUSE_TENANT, makeScope, type Scope, type ScopeFields } from "../../../../src/db/scope.ts";
import type { Identity } from "../../../../src/server/identity/index.ts";
import { uuid } from "../people/people-fixtures.ts";

/** The user whom the roles `self` and `viewer who is a user` are. */
export const OWN = uuid(1);
export const FOREIGN = uuid(2);

const scope = (fields: Partial<ScopeFields>): Scope =>
  makeScope({ kind: "account", tenantId: HOUSE_TENANT, role: "viewer", ...fields });

/** Everybody who may ask, by the name of their token. */
const ROLES = {
  anonymous: undefined,
  self: scope({ kind: "self", role: "self", userId: OWN }),
  viewer: scope({ role: "viewer", accountId: "a1" }),
  analyst: scope({ role: "analyst", accountId: "a2" }),
  "viewer who is a user": scope({ role: "viewer", accountId: "a3", userId: OWN }),
  admin: scope({ role: "admin", accountId: "a4" }),
  "foreign admin": scope({ role: "admin", accountId: "a5", tenantId: "demo-norte" }),
  "cli of the house": scope({ kind: "cli", role: "admin" }),
  "cli of another": scope({ kind: "cli", role: "admin", tenantId: "demo-norte" }),
  operator: scope({ kind: "operator", role: "operator" }),
} as const;

export type Role = keyof typeof ROLES;
export const ALL_ROLES = Object.keys(ROLES) as Role[];

/** The header of a role's token; none for a stranger. */
export const tokenOf = (role: Role): Record<string, string> =>
  role === "anonymous" ? {} : { Authorization: `Bearer ${role.replaceAll(" ", "_")}` };

/** An identity that takes the names of roles for tokens. */
export const identityOfRoles = (identity: Identity): Identity => ({
  ...identity,
  authenticate: async (authorization) => ROLES[authorization.replace("Bearer ", "").replaceAll("_", " ") as Role]!,
});
