import type { Scope } from "../../../db/scope.ts";
import { mayOperateHouse, notAuthenticated } from "../../../server/identity/guards.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { canonicalUserId } from "./person-fields.ts";

/**
 * The user that `idOrMe` names, if the scope may read their data: `self` and accounts that are users themselves their
 * own, the operator and admins of the house everybody's. Whether the user exists is the store's to say, with the same
 * 404. Errors: 401 without a token, 404 `unknown_user` for everything else, foreign and unknown ids alike.
 */
export function readableUser(scope: Scope | undefined, idOrMe: string): string {
  if (!scope) throw notAuthenticated();
  if (idOrMe === "me" && !scope.userId)
    throw new HttpProblem(404, "unknown_user", "This token belongs to no user of the portfolio; name one by id.");
  const userId = idOrMe === "me" ? scope.userId! : canonicalUserId(idOrMe);
  if (userId !== scope.userId && !mayOperateHouse(scope)) throw unknownUser(idOrMe);
  return userId;
}

/** Lets through who may list and change all users. Errors: 401 without a token, 403 otherwise. */
export function requireAllUsers(scope: Scope | undefined): void {
  if (!scope) throw notAuthenticated();
  if (!mayOperateHouse(scope))
    throw new HttpProblem(403, "forbidden", "Only the operator or an admin of the house may do this.");
}

/** 404 for an id that nobody has, or that the caller may not know of. */
export const unknownUser = (id: string) => new HttpProblem(404, "unknown_user", `There is no user ${id}.`);
