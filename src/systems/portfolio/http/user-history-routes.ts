import { createRoute, z } from "@hono/zod-openapi";
import { RESULT_STATES, SIGNAL_PRIORITIES } from "../../../db/schema/portfolio.ts";
import { decodeCursor, pageOf, pageQuery, pageSchema } from "../../../server/paging.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { type AlertRow, loadAlerts } from "../store/alerts.ts";
import { loadFile } from "../store/file-sets.ts";
import { loadResultsOfUser } from "../store/results.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { dateRangeQuery, symbolParameter, userParameter } from "./parameters.ts";
import { userOf } from "./user-of.ts";

const SECURED = [{ bearer: [] }];
const TAGS = ["portfolio"];
const params = z.object({ user: userParameter });

const historySchema = z.object({
  run_id: z.number().int(),
  state: z.enum(RESULT_STATES),
  symbols: z.number().int(),
  failed_symbols: z.number().int(),
  files_changed: z.number().int(),
  error: z.string().nullable(),
  timestamp: z.string(),
});

const alertSchema = z.object({
  symbol: z.string(),
  type: z.string(),
  bar_date: z.string(),
  priority: z.enum(SIGNAL_PRIORITIES),
  description: z.string(),
  recommendation: z.string(),
  price: z.number(),
  created_at: z.string(),
  delivered_at: z.string().nullable(),
});

const history = createRoute({
  method: "get",
  path: "/api/portfolio/users/{user}/history",
  tags: TAGS,
  summary: "How the last cycles ended for the user, newest first",
  security: SECURED,
  request: { params, query: pageQuery(30, 200) },
  responses: {
    200: { description: "One page.", content: { "application/json": { schema: pageSchema(historySchema) } } },
    ...problems(400, 401, 403, 404, 422),
  },
});

const alerts = createRoute({
  method: "get",
  path: "/api/portfolio/users/{user}/alerts",
  tags: TAGS,
  summary: "High-priority signals in the user's portfolio, newest bar first; each signal of a bar once",
  security: SECURED,
  request: {
    params,
    query: z.object({ symbol: symbolParameter.optional(), ...dateRangeQuery }).extend(pageQuery(50, 500).shape),
  },
  responses: {
    200: { description: "One page.", content: { "application/json": { schema: pageSchema(alertSchema) } } },
    ...problems(400, 401, 403, 404, 422),
  },
});

const positions = createRoute({
  method: "get",
  path: "/api/portfolio/users/{user}/positions",
  tags: TAGS,
  summary: "Value, gain and weight of the user's positions, as the last files have them",
  security: SECURED,
  request: { params },
  responses: {
    200: {
      description: "`portfolio.positions` of portfolio_analisis.json with the moment of the analysis.",
      content: {
        "application/json": {
          schema: z.object({ analysed_at: z.string(), positions: z.record(z.string(), z.unknown()) }),
        },
      },
    },
    ...problems(401, 403, 404),
  },
});

const placeSchema = z.object({ barDate: z.string(), symbol: z.string(), type: z.string() });

/** What happened to a user's portfolio: for the user's token, the operator and admins of the house. */
export function userHistoryRoutes({ db }: PortfolioRoutesOptions) {
  return createRouter()
    .openapi(history, async (context) => {
      const userId = await userOf(context, context.req.valid("param").user, db);
      const { limit, cursor } = context.req.valid("query");
      const binding = { route: history.path, filters: { userId } };
      const before = cursor === undefined ? undefined : decodeCursor(cursor, binding, z.number().int());
      const filter = { userId, ...(before === undefined ? {} : { before }) };
      const rows = await loadResultsOfUser(db.read, filter, limit + 1);
      const page = pageOf(rows, { limit, binding, position: ({ runId }) => runId });
      const items = page.items.map((row) => ({
        run_id: row.runId,
        state: row.state,
        symbols: row.symbols,
        failed_symbols: row.failedSymbols,
        files_changed: row.filesChanged,
        error: row.problem,
        timestamp: row.createdAt,
      }));
      return context.json({ ...page, items }, 200, { "Cache-Control": "no-store" });
    })
    .openapi(alerts, async (context) => {
      const userId = await userOf(context, context.req.valid("param").user, db);
      const { limit, cursor, symbol, from, to } = context.req.valid("query");
      const binding = { route: alerts.path, filters: { userId, symbol, from, to } };
      const after = cursor === undefined ? undefined : decodeCursor(cursor, binding, placeSchema);
      const filter = {
        userId,
        ...(symbol ? { symbol } : {}),
        ...(from ? { from } : {}),
        ...(to ? { to } : {}),
        ...(after ? { after } : {}),
      };
      const page = pageOf(await loadAlerts(db.read, filter, limit + 1), {
        limit,
        binding,
        position: ({ barDate, symbol: at, type }) => ({ barDate, symbol: at, type }),
      });
      return context.json({ ...page, items: page.items.map(renderAlert) }, 200, { "Cache-Control": "no-store" });
    })
    .openapi(positions, async (context) => {
      const userId = await userOf(context, context.req.valid("param").user, db);
      const file = await loadFile(db.read, userId, "portfolio_analisis.json");
      if (!file)
        throw new HttpProblem(
          404,
          "no_file_yet",
          "This user has no portfolio file yet: no positions, or no cycle has run.",
        );
      const { portfolio } = JSON.parse(file.content) as { portfolio: { positions?: Record<string, unknown> } };
      const body = { analysed_at: file.analysedAt, positions: portfolio.positions ?? {} };
      return context.json(body, 200, { "Cache-Control": "private, max-age=60" });
    });
}

const renderAlert = (row: AlertRow) => ({
  symbol: row.symbol,
  type: row.type,
  bar_date: row.barDate,
  priority: row.priority,
  description: row.description,
  recommendation: row.recommendation,
  price: row.price,
  created_at: row.createdAt,
  delivered_at: row.deliveredAt,
});
