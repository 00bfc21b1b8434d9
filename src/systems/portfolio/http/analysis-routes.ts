import { createRoute, z } from "@hono/zod-openapi";
import { DATA_SOURCES } from "../../../db/schema/market.ts";
import { decodeCursor, pageOf, pageQuery, pageSchema } from "../../../server/paging.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { loadAnalyses, type StoredAnalysis } from "../store/analyses.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { dateParameter, dateRangeQuery, symbolParameter } from "./parameters.ts";

const analysisSchema = z
  .object({
    symbol: z.string(),
    as_of: z.string().openapi({ description: "Date of the analysed bar; a weekly bar carries its Monday." }),
    period: z.string(),
    interval: z.enum(["1d", "1wk"]),
    profile: z.string(),
    data_source: z.enum(DATA_SOURCES),
    recommendation: z.string(),
    priority: z.string(),
    price: z.number(),
    asset: z.record(z.string(), z.unknown()).openapi({ description: "The asset object as the users' files have it." }),
    computed_at: z.string(),
  })
  .openapi("AssetAnalysis");

const analyses = createRoute({
  method: "get",
  path: "/api/portfolio/analyses/{symbol}",
  tags: ["portfolio"],
  summary: "Stored analyses of a symbol, newest first",
  request: {
    params: z.object({ symbol: symbolParameter }),
    query: z
      .object({ interval: z.enum(["1d", "1wk"]).default("1d"), ...dateRangeQuery })
      .extend(pageQuery(30, 200).shape),
  },
  responses: {
    200: {
      description: "One page; empty for a symbol that no cycle has analysed.",
      content: { "application/json": { schema: pageSchema(analysisSchema) } },
    },
    ...problems(400, 422),
  },
});

/** The history behind the files: market data, readable by anyone. */
export function analysisRoutes({ db, dataSource }: PortfolioRoutesOptions) {
  return createRouter().openapi(analyses, async (context) => {
    const { symbol } = context.req.valid("param");
    const { limit, cursor, interval, from, to } = context.req.valid("query");
    const binding = { route: analyses.path, filters: { symbol, interval, from, to } };
    const before = cursor === undefined ? undefined : decodeCursor(cursor, binding, dateParameter);
    const filter = {
      symbol,
      interval,
      dataSource,
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
      ...(before ? { before } : {}),
    };
    const rows = await loadAnalyses(db.read, filter, limit + 1);
    const page = pageOf(rows, { limit, binding, position: ({ asOf }) => asOf });
    return context.json({ ...page, items: page.items.map(renderAnalysis) }, 200, { "X-Data-Source": dataSource });
  });
}

const renderAnalysis = (row: StoredAnalysis) => ({
  symbol: row.symbol,
  as_of: row.asOf,
  period: row.period,
  interval: row.interval,
  profile: row.profile,
  data_source: row.dataSource,
  recommendation: row.recommendation,
  priority: row.priority,
  price: row.price,
  asset: row.payload as Record<string, unknown>,
  computed_at: row.computedAt,
});
