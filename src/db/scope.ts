/**
 * Who is asking, and for which tenant. Every store that holds tenant or user data asks for one.
 * The brand makes a plain object useless: only `makeScope` makes scopes, and a test allows only the identity
 * middleware, the job runner and the command line to import it.
 */
declare const scopeBrand: unique symbol;

export type ScopeKind = "operator" | "account" | "self" | "cli" | "job";
export type Role = "operator" | "admin" | "analyst" | "viewer" | "self";

export interface ScopeFields {
  kind: ScopeKind;
  /** Slug of the tenant; the house tenant is `default`. */
  tenantId: string;
  role: Role;
  accountId?: string;
  userId?: string;
}

export type Scope = Readonly<ScopeFields> & { readonly [scopeBrand]: true };

/** Tenant that owns what belongs to the whole house: recommendations, portfolio, ERP, mirror and jobs. */
export const HOUSE_TENANT = "default";

/** Name of a tenant in columns, claims and commands: 2 to 50 characters. */
export const TENANT_SLUG = /^[a-z0-9][a-z0-9_-]{1,49}$/;

export function makeScope(fields: ScopeFields): Scope {
  return Object.freeze({ ...fields }) as Scope;
}
