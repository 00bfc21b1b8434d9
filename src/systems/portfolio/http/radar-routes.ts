import { createRoute, z } from "@hono/zod-openapi";
import { DATA_SOURCES } from "../../../db/schema/market.ts";
import { MARKETS, type MarketName } from "../../../db/schema/portfolio.ts";
import { decodeCursor, pageOf, pageQuery, pageSchema } from "../../../server/paging.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { taggedJson } from "../../../server/tagged-json.ts";
import { loadScans, type StoredScan } from "../store/scans.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { dateParameter, marketParameter } from "./parameters.ts";

const candidateSchema = z.object({
  rank: z.number().int().openapi({ description: "1 is the best." }),
  symbol: z.string(),
  radar: z.string().openapi({ description: "Which of the five radars found it." }),
  score: z.number(),
  metrics: z.record(z.string(), z.unknown()).openapi({ description: "The last two bars' figures behind the score." }),
});

const scanSchema = z
  .object({
    market: z.enum(MARKETS),
    as_of: z.string().openapi({ description: "Date of the benchmark's last complete bar." }),
    profile: z.string(),
    data_source: z.enum(DATA_SOURCES),
    regime: z
      .record(z.string(), z.unknown())
      .openapi({ description: "State of the benchmark: regime, signal, confidence, indicators, reasons in Spanish." }),
    radars_used: z.string(),
    scanned: z.number().int(),
    skipped: z.array(z.string()).openapi({ description: "Members without enough bars." }),
    universe: z.object({ source: z.string(), as_of: z.string().nullable() }),
    scanned_at: z.string(),
    candidates: z.array(candidateSchema),
  })
  .openapi("RadarScan");

const profileQuery = z
  .enum(["v1", "v2"])
  .optional()
  .openapi({ description: "Radar profile. Default: the configured one." });

const latest = createRoute({
  method: "get",
  path: "/api/radar/{market}/latest",
  tags: ["radar"],
  summary: "The newest scan of a market with its candidates, best first",
  request: { params: z.object({ market: marketParameter }), query: z.object({ profile: profileQuery }) },
  responses: {
    200: { description: "The scan.", content: { "application/json": { schema: scanSchema } } },
    304: { description: "The client has this version already." },
    ...problems(404, 422),
  },
});

const history = createRoute({
  method: "get",
  path: "/api/radar/{market}/history",
  tags: ["radar"],
  summary: "Past scans of a market, newest first",
  request: {
    params: z.object({ market: marketParameter }),
    query: z.object({ profile: profileQuery }).extend(pageQuery(30, 200).shape),
  },
  responses: {
    200: { description: "One page.", content: { "application/json": { schema: pageSchema(scanSchema) } } },
    ...problems(400, 422),
  },
});

/** What the shared scans found: market data, readable by anyone. */
export function radarRoutes({ db, dataSource, settings }: PortfolioRoutesOptions) {
  const filterOf = (market: MarketName, profile: "v1" | "v2" | undefined) => ({
    market,
    profile: profile ?? settings.svgaRadarProfile,
    dataSource,
  });
  return createRouter()
    .openapi(latest, async (context) => {
      const { market } = context.req.valid("param");
      const filter = filterOf(market, context.req.valid("query").profile);
      const [scan] = await loadScans(db.read, filter, 1);
      if (!scan) throw noScanYet(market);
      return taggedJson(context, {
        body: JSON.stringify(renderScan(scan)),
        headers: { "X-Data-Source": scan.dataSource },
      });
    })
    .openapi(history, async (context) => {
      const { market } = context.req.valid("param");
      const { limit, cursor, profile } = context.req.valid("query");
      const filter = filterOf(market, profile);
      const binding = { route: history.path, filters: { market, profile: filter.profile } };
      const before = cursor === undefined ? undefined : decodeCursor(cursor, binding, dateParameter);
      const scans = await loadScans(db.read, { ...filter, ...(before ? { before } : {}) }, limit + 1);
      const page = pageOf(scans, { limit, binding, position: ({ asOf }) => asOf });
      return context.json({ ...page, items: page.items.map(renderScan) }, 200);
    });
}

function renderScan(scan: StoredScan) {
  return {
    market: scan.market,
    as_of: scan.asOf,
    profile: scan.profile,
    data_source: scan.dataSource,
    regime: scan.regimeInfo as Record<string, unknown>,
    radars_used: scan.radarsUsed,
    scanned: scan.scanned,
    skipped: scan.skipped,
    universe: { source: scan.universeSource, as_of: scan.universeAsOf },
    scanned_at: scan.scannedAt,
    candidates: scan.candidates.map(({ metrics, ...candidate }) => ({
      ...candidate,
      metrics: metrics as Record<string, unknown>,
    })),
  };
}

const noScanYet = (market: MarketName) =>
  new HttpProblem(404, "no_scan_yet", `There is no scan of ${market} yet. portfolio_cycle stores the first one.`);
