import type { Context, MiddlewareHandler } from "hono";
import { HOUSE_TENANT, type Scope } from "../../db/scope.ts";
import type { ServerEnv } from "../env.ts";
import { HttpProblem } from "../problem.ts";
import type { Requester } from "./audit.ts";

/** The operator, or an admin of the house tenant (an account, or a command on this machine). */
export const mayOperateHouse = (scope: Scope | undefined): boolean =>
  scope?.kind === "operator" || (scope?.tenantId === HOUSE_TENANT && scope.role === "admin");

/** The operator, or any member of the house tenant. End users (`self`) are customers, not members. */
export const mayReadHouse = (scope: Scope | undefined): boolean =>
  scope?.kind === "operator" || (scope?.tenantId === HOUSE_TENANT && scope.role !== "self");

/** Lets the house's operators through: for everything that runs or changes something of the house. */
export const requireOperator = guard(
  mayOperateHouse,
  "Only the operator or an admin of the house may do this. Use the operator token.",
);

/** Lets members of the house through: for its operations that are not public. */
export const requireHouse = guard(mayReadHouse, "Only members of the house may read this.");

/** The scope behind a guard. */
function scopeOf(context: { get(name: "scope"): Scope | undefined }): Scope {
  const scope = context.get("scope");
  if (!scope) throw notAuthenticated();
  return scope;
}

/** What a line of the audit says of a request behind a guard. */
export const requesterOf = (context: Context<ServerEnv>): Requester => ({
  scope: scopeOf(context),
  correlationId: context.get("requestId"),
  clientIp: context.get("origin").address,
});

/** 401 for a request without a token. */
export const notAuthenticated = () => new HttpProblem(401, "not_authenticated", "Not authenticated");

/** 401 for a token that does not count, whatever is wrong with it. */
export const invalidToken = () =>
  new HttpProblem(401, "invalid_token", "Could not validate credentials", {
    headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
  });

function guard(allowed: (scope: Scope | undefined) => boolean, refusal: string): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    const scope = context.get("scope");
    if (!scope) throw notAuthenticated();
    if (!allowed(scope)) throw new HttpProblem(403, "forbidden", refusal);
    await next();
  };
}
