import { createRoute, z } from "@hono/zod-openapi";
import type { MarketName } from "../../../db/schema/market.ts";
import { decodeCursor, pageOf, pageQuery, pageSchema } from "../../../server/paging.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { taggedJson } from "../../../server/tagged-json.ts";
import type { MarketRegime, RadarProfile, TacticalMetrics } from "../radar/radar-scan.ts";
import { loadScans, type StoredScan } from "../store/scans.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { dateParameter, dateRangeQuery, definedOnly, marketParameter, symbolParameter } from "./parameters.ts";
import { RADAR_PROFILES, scanSchema } from "./radar-schemas.ts";

const profileQuery = z
  .enum(RADAR_PROFILES)
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
    query: dateRangeQuery({
      profile: profileQuery,
      symbol: symbolParameter.optional().openapi({ description: "Only scans that found this symbol." }),
      ...pageQuery(30, 200).shape,
    }),
  },
  responses: {
    200: {
      description: "One page; empty before the first scan.",
      content: { "application/json": { schema: pageSchema(scanSchema) } },
    },
    ...problems(400, 422),
  },
});

/** What the shared scans found: market data, readable by anyone. */
export function radarRoutes({ db, dataSource, settings }: PortfolioRoutesOptions) {
  const filterOf = (market: MarketName, profile: RadarProfile | undefined) => ({
    market,
    profile: profile ?? settings.svgaRadarProfile,
    dataSource,
  });
  return createRouter()
    .openapi(latest, async (context) => {
      const { market } = context.req.valid("param");
      const filter = filterOf(market, context.req.valid("query").profile);
      const [scan] = await loadScans(db.read, filter, 1);
      if (!scan) throw noScanYet(filter);
      return taggedJson(context, {
        body: JSON.stringify(renderScan(scan)),
        headers: { "X-Data-Source": scan.dataSource },
      });
    })
    .openapi(history, async (context) => {
      const { market } = context.req.valid("param");
      const { limit, cursor, profile, ...wanted } = context.req.valid("query");
      const filter = { ...filterOf(market, profile), ...definedOnly(wanted) };
      const binding = { route: history.path, filters: filter };
      const before = cursor === undefined ? undefined : decodeCursor(cursor, binding, dateParameter);
      const scans = await loadScans(db.read, { ...filter, ...(before ? { before } : {}) }, limit + 1);
      const page = pageOf(scans, { limit, binding, position: ({ asOf }) => asOf });
      return context.json({ ...page, items: page.items.map(renderScan) }, 200, { "X-Data-Source": dataSource });
    });
}

function renderScan(scan: StoredScan) {
  return {
    market: scan.market,
    as_of: scan.asOf,
    profile: scan.profile as RadarProfile,
    data_source: scan.dataSource,
    regime: scan.regimeInfo as MarketRegime,
    radars_used: scan.radarsUsed,
    scanned: scan.scanned,
    skipped: scan.skipped,
    universe: { source: scan.universeSource, as_of: scan.universeAsOf },
    scanned_at: scan.scannedAt,
    candidates: scan.candidates.map(({ metrics, ...candidate }) => ({
      ...candidate,
      metrics: metrics as TacticalMetrics & { ema_crosses?: number },
    })),
  };
}

const noScanYet = ({ market, profile }: { market: MarketName; profile: RadarProfile }) =>
  new HttpProblem(
    404,
    "no_scan_yet",
    `There is no scan of ${market} with profile ${profile} yet. portfolio_cycle stores those of SVGA_RADAR_PROFILE.`,
  );
