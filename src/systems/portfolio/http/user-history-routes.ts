import { createRoute, z } from "@hono/zod-openapi";
import { DATA_SOURCES, type DataSource } from "../../../db/schema/market.ts";
import { RESULT_STATES } from "../../../db/schema/portfolio.ts";
import { decodeCursor, pageOf, pageQuery, pageSchema } from "../../../server/paging.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { taggedJson } from "../../../server/tagged-json.ts";
import type { Positions } from "../files/positions.ts";
import { loadAlerts, type SourcedAlert } from "../store/alerts.ts";
import { loadResultsOfUser, type StoredResult } from "../store/results.ts";
import { prioritySchema } from "./asset-schema.ts";
import { positionSchema, positionTotalSchema } from "./file-schemas.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { dateRangeQuery, definedOnly, symbolParameter } from "./parameters.ts";
import { ownUserPath } from "./user-admin-schemas.ts";
import { fileOf, NO_FILE, userOf } from "./user-of.ts";

const common = { tags: ["portfolio"], security: [{ bearer: [] }] };
const readers = "Users read their own; the operator and admins of the house read everybody's.";

const historySchema = z
  .object({
    run_id: z.number().int(),
    state: z.enum(RESULT_STATES).openapi({
      description: "`empty`: no positions, so the market's files only. `failed`: the last files stay as they were.",
    }),
    symbols: z.number().int(),
    failed_symbols: z.number().int().openapi({ description: "Symbols that could not be analysed." }),
    files_changed: z.number().int().openapi({ description: "0 when the files would have said the same." }),
    error: z.string().nullable(),
    timestamp: z.string(),
  })
  .openapi("PortfolioResult");

const alertSchema = z
  .object({
    symbol: z.string(),
    type: z.string(),
    bar_date: z.string().openapi({ description: "Date of the bar that shows the signal." }),
    priority: prioritySchema,
    description: z.string().openapi({ description: "A sentence in Spanish for end users." }),
    recommendation: z.string(),
    price: z.number(),
    data_source: z.enum(DATA_SOURCES).nullable().openapi({
      description: "`sample`: generated, not real prices. null when the analysis behind it is no longer kept.",
    }),
    created_at: z.string(),
    delivered_at: z.string().nullable().openapi({ description: "When the webhook took it; null without one." }),
  })
  .openapi("PortfolioAlert");

const positionsSchema = z
  .object({
    analysed_at: z.string(),
    data_source: z.enum(DATA_SOURCES).openapi({ description: "`sample`: generated, not real prices." }),
    positions: z.array(positionSchema).openapi({ description: "One a symbol, in the order of the portfolios." }),
    position_totals: z
      .array(positionTotalSchema)
      .openapi({ description: "One a currency: sums of different currencies are never added." }),
  })
  .openapi("PortfolioPositions");

const history = createRoute({
  ...common,
  method: "get",
  path: "/api/portfolio/users/{id}/history",
  summary: "How the last cycles ended for the user, newest first",
  description: `${readers} Results of the last seven days are kept; what was analysed and signalled is kept longer.`,
  request: { params: ownUserPath, query: pageQuery(30, 200) },
  responses: {
    200: { description: "One page.", content: { "application/json": { schema: pageSchema(historySchema) } } },
    ...problems(400, 401, 403, 404, 422, 429),
  },
});

const alerts = createRoute({
  ...common,
  method: "get",
  path: "/api/portfolio/users/{id}/alerts",
  summary: "High-priority signals in the user's portfolio, newest bar first; each signal of a bar once",
  description: readers,
  request: {
    params: ownUserPath,
    query: dateRangeQuery({ symbol: symbolParameter.optional(), ...pageQuery(50, 500).shape }),
  },
  responses: {
    200: { description: "One page.", content: { "application/json": { schema: pageSchema(alertSchema) } } },
    ...problems(400, 401, 403, 404, 422, 429),
  },
});

const { 404: notFound, ...refusals } = problems(401, 403, 404, 422, 429);

const positions = createRoute({
  ...common,
  method: "get",
  path: "/api/portfolio/users/{id}/positions",
  summary: "Value, gain and weight of the user's positions, as the last files have them",
  description: `${readers} A part of portfolio_analisis.json.`,
  request: { params: ownUserPath },
  responses: {
    200: { description: "The positions.", content: { "application/json": { schema: positionsSchema } } },
    304: { description: "The client has this version already." },
    ...refusals,
    404: { ...notFound, description: NO_FILE },
  },
});

const placeSchema = z.object({ barDate: z.string(), symbol: z.string(), type: z.string() });

/** What happened to a user's portfolio: for the user's token, the operator and admins of the house. */
export function userHistoryRoutes({ db }: PortfolioRoutesOptions) {
  return createRouter()
    .openapi(history, async (context) => {
      const userId = await userOf(context, context.req.valid("param").id, db);
      const { limit, cursor } = context.req.valid("query");
      const binding = { route: history.path, filters: { userId } };
      const before = cursor === undefined ? undefined : decodeCursor(cursor, binding, z.number().int());
      const rows = await loadResultsOfUser(db.read, { userId, ...definedOnly({ before }) }, limit + 1);
      const page = pageOf(rows, { limit, binding, position: ({ runId }) => runId });
      return context.json({ ...page, items: page.items.map(renderResult) }, 200, { "Cache-Control": "no-store" });
    })
    .openapi(alerts, async (context) => {
      const userId = await userOf(context, context.req.valid("param").id, db);
      const { limit, cursor, ...wanted } = context.req.valid("query");
      const filter = { userId, ...definedOnly(wanted) };
      const binding = { route: alerts.path, filters: filter };
      const after = cursor === undefined ? undefined : decodeCursor(cursor, binding, placeSchema);
      const page = pageOf(await loadAlerts(db.read, { ...filter, ...definedOnly({ after }) }, limit + 1), {
        limit,
        binding,
        position: ({ barDate, symbol, type }) => ({ barDate, symbol, type }),
      });
      return context.json({ ...page, items: page.items.map(renderAlert) }, 200, { "Cache-Control": "no-store" });
    })
    .openapi(positions, async (context) => {
      const userId = await userOf(context, context.req.valid("param").id, db);
      const { content, analysedAt, sha256 } = await fileOf(userId, "portfolio_analisis.json", db);
      return taggedJson(context, {
        body: JSON.stringify(positionsIn(content, analysedAt)),
        headers: { "Cache-Control": "private, max-age=60" },
        etag: `"${sha256}-positions"`,
      });
    });
}

function positionsIn(content: string, analysedAt: string): z.infer<typeof positionsSchema> {
  const { portfolio, data_source } = JSON.parse(content) as {
    portfolio: { positions: Positions["rows"]; position_totals: Positions["totals"] };
    data_source: DataSource;
  };
  const { positions: rows, position_totals } = portfolio;
  return { analysed_at: analysedAt, data_source, positions: rows, position_totals };
}

const renderResult = (row: StoredResult) => ({
  run_id: row.runId,
  state: row.state,
  symbols: row.symbols,
  failed_symbols: row.failedSymbols,
  files_changed: row.filesChanged,
  error: row.problem,
  timestamp: row.createdAt,
});

const renderAlert = (row: SourcedAlert) => ({
  symbol: row.symbol,
  type: row.type,
  bar_date: row.barDate,
  priority: row.priority,
  description: row.description,
  recommendation: row.recommendation,
  price: row.price,
  data_source: row.dataSource,
  created_at: row.createdAt,
  delivered_at: row.deliveredAt,
});
