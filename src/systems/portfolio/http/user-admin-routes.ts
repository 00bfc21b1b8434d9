import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ServerEnv } from "../../../server/env.ts";
import { type Audit, requesterOf } from "../../../server/identity/index.ts";
import { NO_STORE } from "../../../server/no-store.ts";
import { decodeCursor, pageOf } from "../../../server/paging.ts";
import { refuseInput } from "../../../server/refuse-input.ts";
import { createRouter } from "../../../server/router.ts";
import type { createUserRecords, UserChanges } from "../people/user-records.ts";
import {
  createUserRoute,
  importRoute,
  listRoute,
  readRoute,
  removePortfolioRoute,
  removeUserRoute,
  replacePortfolioRoute,
  updateUserRoute,
} from "./user-admin-definitions.ts";
import { positionSchema, type userChangesBody } from "./user-admin-schemas.ts";

export interface UserAdminOptions {
  records: ReturnType<typeof createUserRecords>;
  /** Hears who changed what; no names, addresses or positions. */
  audit: Audit;
}

/** Users and what they hold: everything for who operates the house; a user reads their own. */
export function userAdminRoutes({ records, audit }: UserAdminOptions) {
  const record = (
    context: Context<ServerEnv>,
    action: string,
    entityId: string | undefined,
    details?: Record<string, unknown>,
  ) =>
    audit({
      ...requesterOf(context),
      action,
      entity: "user",
      ...(entityId === undefined ? {} : { entityId }),
      ...(details ? { details } : {}),
    });
  const of = (context: Context<ServerEnv>) => records.for(context.get("scope"));

  return createRouter()
    .openapi(listRoute, async (context) => {
      const { limit, cursor, active, source } = context.req.valid("query");
      const filters = { ...(active === undefined ? {} : { active }), ...(source ? { source } : {}) };
      const binding = { route: listRoute.path, filters };
      const after = cursor === undefined ? undefined : decodeCursor(cursor, binding, positionSchema);
      const rows = await of(context).list({ ...filters, limit: limit + 1, ...(after ? { after } : {}) });
      const position = ({ created_at, user_id }: (typeof rows)[number]) => ({ created_at, user_id });
      return context.json(pageOf(rows, { limit, binding, position }), 200, NO_STORE);
    })
    .openapi(readRoute, async (context) =>
      context.json(await of(context).get(context.req.valid("param").id), 200, NO_STORE),
    )
    .openapi(createUserRoute, async (context) => {
      const { user_id: userId, ...fields } = context.req.valid("json");
      const user = await of(context).create({ ...changesOf(fields), ...(userId === undefined ? {} : { userId }) });
      await record(context, "user.create", user.user_id, { fields: Object.keys(fields) });
      const headers = { ...NO_STORE, Location: `/api/portfolio/users/${encodeURIComponent(user.user_id)}` };
      return context.json(user, 201, headers);
    })
    .openapi(updateUserRoute, async (context) => {
      const fields = context.req.valid("json");
      const user = await of(context).update(context.req.valid("param").id, changesOf(fields));
      await record(context, "user.update", user.user_id, { fields: Object.keys(fields) });
      return context.json(user, 200, NO_STORE);
    })
    .openapi(removeUserRoute, async (context) => {
      const { id } = context.req.valid("param");
      const removed = await of(context).remove(id);
      await record(context, "user.delete", id, { ...removed });
      return context.body(null, 204);
    })
    .openapi(replacePortfolioRoute, async (context) => {
      const { id, portfolio: name } = context.req.valid("param");
      const { description, assets } = context.req.valid("json");
      const lots = assets.map(({ asset_symbol, quantity, acquisition_price }) => ({
        symbol: asset_symbol,
        quantity,
        acquisitionPrice: acquisition_price,
      }));
      const { user, created } = await of(context).replacePortfolio(id, { name, description, lots });
      await record(context, "user.replace_portfolio", id, { assets: lots.length, created });
      return context.json(user, created ? 201 : 200, NO_STORE);
    })
    .openapi(removePortfolioRoute, async (context) => {
      const { id, portfolio } = context.req.valid("param");
      await of(context).removePortfolio(id, portfolio);
      await record(context, "user.delete_portfolio", id);
      return context.body(null, 204);
    })
    .openapi(importRoute, async (context) => {
      const { user_id: userId, portfolio, name } = context.req.valid("query");
      const text = await context.req.text();
      const file = { name, text, userId, portfolio };
      const report = await of(context).importPositions(file).catch(refuseInput(FILE_FAULTS));
      const { rows, stored, users, created } = report;
      await record(context, "user.import", userId, { rows, stored, users, created });
      return context.json(report, 200, NO_STORE);
    });
}

type PersonBody = z.infer<typeof userChangesBody>;

/** The same under the names of the columns; what was not sent is not there. */
function changesOf({ first_name, last_name, ...rest }: PersonBody): UserChanges {
  const changes = { ...rest, firstName: first_name, lastName: last_name };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as UserChanges;
}

/** What is wrong with a file; each of these errors says how to mend it. */
const FILE_FAULTS = ["bad_header", "bad_csv", "too_many_lines", "too_many_users", "user_missing"];
