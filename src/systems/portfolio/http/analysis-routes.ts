import { createRoute, z } from "@hono/zod-openapi";
import { DATA_SOURCES } from "../../../db/schema/market.ts";
import { ANALYSIS_PERIODS } from "../../../db/schema/portfolio.ts";
import { decodeCursor, pageOf, pageQuery, pageSchema } from "../../../server/paging.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import type { AssetAnalysis, Verdict } from "../analysis/asset-analysis.ts";
import { loadAnalyses, type StoredAnalysis } from "../store/analyses.ts";
import { assetPrioritySchema, assetSchema, verdictSchema } from "./asset-schema.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { dateParameter, dateRangeQuery, definedOnly, symbolParameter } from "./parameters.ts";

const intervalSchema = z.enum(["1d", "1wk"]);

const analysisSchema = z
  .object({
    symbol: z.string(),
    as_of: z.string().openapi({ description: "Date of the analysed bar; a weekly bar carries its Monday." }),
    period: z.enum(ANALYSIS_PERIODS).openapi({ description: "How far back the analysis looks." }),
    interval: intervalSchema,
    profile: z.string().openapi({ description: "Name of the arithmetic." }),
    data_source: z.enum(DATA_SOURCES).openapi({ description: "`sample`: generated, not real prices." }),
    recommendation: verdictSchema,
    priority: assetPrioritySchema,
    price: z.number().openapi({ description: "Close of the analysed bar, in the quote currency." }),
    asset: assetSchema,
    computed_at: z.string(),
  })
  .openapi("AssetAnalysis");

const analyses = createRoute({
  method: "get",
  path: "/api/portfolio/analyses/{symbol}",
  tags: ["portfolio"],
  summary: "Stored analyses of a symbol, newest first",
  description: "Market data: no token is needed, and nothing says who holds the symbol.",
  request: {
    params: z.object({ symbol: symbolParameter }),
    query: dateRangeQuery({
      interval: intervalSchema.default("1d").openapi({
        description: "Portfolios are analysed by day; candidates of radar profile v1 by week.",
      }),
      ...pageQuery(30, 200).shape,
    }),
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
    const { limit, cursor, interval, ...dates } = context.req.valid("query");
    const filter = { symbol, interval, dataSource, ...definedOnly(dates) };
    const binding = { route: analyses.path, filters: filter };
    const before = cursor === undefined ? undefined : decodeCursor(cursor, binding, dateParameter);
    const rows = await loadAnalyses(db.read, { ...filter, ...(before ? { before } : {}) }, limit + 1);
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
  recommendation: row.recommendation as Verdict,
  priority: row.priority as "LOW" | "HIGH",
  price: row.price,
  asset: row.payload as AssetAnalysis,
  computed_at: row.computedAt,
});
