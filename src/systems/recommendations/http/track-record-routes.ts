import { createRoute, z } from "@hono/zod-openapi";
import { DATA_SOURCES } from "../../../db/schema/market.ts";
import { RECOMMENDATIONS, SCORING_PROFILES } from "../../../db/schema/recommendations.ts";
import { createRouter } from "../../../server/router.ts";
import { taggedJson } from "../../../server/tagged-json.ts";
import type { RouteDependencies } from "./dependencies.ts";

const figures = {
  n: z.number().int(),
  hit_rate: z.number().nullable(),
  mean_return: z.number().nullable(),
  mean_excess_return: z.number().nullable(),
};
const bucket = { from: z.number(), to: z.number() };

const horizonSchema = z.object({
  horizon: z.number().int().openapi({ description: "Sessions after the recommendation's bar: 5, 20 or 60." }),
  ...figures,
  sessions: z
    .number()
    .int()
    .openapi({ description: "Different sessions; windows overlap, so n is no count of trials." }),
  hold_band: z.number().openapi({ description: "MANTENER is right within this of the benchmark, as a fraction." }),
  by_recommendation: z.array(z.object({ recommendation: z.enum(RECOMMENDATIONS), ...figures })),
  by_score: z.array(z.object({ ...figures, ...bucket })),
  calibration: z.array(z.object({ ...figures, ...bucket, mean_confidence: z.number() })),
});

const trackRecordSchema = z
  .object({
    benchmark: z.string().nullable(),
    computed_at: z.string().nullable(),
    groups: z.array(
      z.object({
        origin: z.enum(["batch", "backfill"]),
        data_source: z.enum(DATA_SOURCES),
        scoring_profile: z.enum(SCORING_PROFILES),
        from: z.string(),
        to: z.string(),
        tickers: z.number().int(),
        horizons: z.array(horizonSchema),
      }),
    ),
  })
  .openapi("TrackRecord");

const trackRecord = createRoute({
  method: "get",
  path: "/api/recommendations/track-record",
  tags: ["recommendations"],
  summary: "How past recommendations did 5, 20 and 60 sessions later, beside the benchmark",
  responses: {
    200: {
      description: "Figures by kind and source; sample and real data never mix.",
      content: { "application/json": { schema: trackRecordSchema } },
    },
    304: { description: "The client has this version already." },
  },
});

export function trackRecordRoutes({ loadTrackRecord }: RouteDependencies) {
  return createRouter().openapi(trackRecord, async (context) =>
    taggedJson(context, { body: JSON.stringify(await loadTrackRecord()) }),
  );
}
