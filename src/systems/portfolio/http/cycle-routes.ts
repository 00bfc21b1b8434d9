import { createRoute, z } from "@hono/zod-openapi";
import { OUTCOMES, RUN_STATUSES } from "../../../db/schema/jobs.ts";
import { DATA_SOURCES, type DataSource } from "../../../db/schema/market.ts";
import { RESULT_STATES } from "../../../db/schema/portfolio.ts";
import { requireHouse } from "../../../server/identity/index.ts";
import { decodeCursor, pageOf, pageQuery, pageSchema } from "../../../server/paging.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { PORTFOLIO_CYCLE } from "../job-names.ts";
import { type CycleRun, loadCycles, loadResultsOfRun } from "../store/results.ts";
import type { PortfolioRoutesOptions } from "./options.ts";

const cycleSchema = z
  .object({
    run_id: z.number().int(),
    success: z.boolean().openapi({ description: "Every user was served, and there was at least one." }),
    status: z.enum(RUN_STATUSES),
    outcome: z.enum(OUTCOMES).nullable().openapi({ description: "null while it runs." }),
    users_processed: z.number().int(),
    successful: z.number().int().openapi({ description: "Users with all of their files, empty portfolios included." }),
    failed: z.number().int().openapi({ description: "Users whose last files stay as they were." }),
    files_changed: z.number().int(),
    market_candidates: z.number().int(),
    trading_date: z
      .string()
      .nullable()
      .openapi({ description: "Session that the cycle looked at; null before it has ended." }),
    data_source: z
      .enum(DATA_SOURCES)
      .nullable()
      .openapi({ description: "`sample`: generated, not real prices. null before it has ended." }),
    duration_minutes: z.number().nullable(),
    started_at: z.string(),
    timestamp: z.string().nullable().openapi({ description: "When it ended." }),
    details: z.record(z.string(), z.unknown()).openapi({
      description: "Everything that the run noted: symbols, failed symbols, and for each market its regime and scan.",
    }),
  })
  .openapi("PortfolioCycle");

const resultSchema = z.object({
  user_id: z.string(),
  success: z.boolean().openapi({ description: "Whether the state is not `failed`." }),
  state: z.enum(RESULT_STATES),
  symbols: z.number().int(),
  failed_symbols: z.number().int(),
  files_changed: z.number().int(),
  error: z.string().nullable(),
  timestamp: z.string(),
});

const cycleWithResultsSchema = cycleSchema
  .extend({ results: z.array(resultSchema), next_cursor: z.string().nullable() })
  .openapi("PortfolioCycleWithResults");

const security = [{ bearer: [] }];

const list = createRoute({
  method: "get",
  path: "/api/portfolio/cycles",
  tags: ["portfolio"],
  summary: "Cycles, newest first",
  description: "For members of the house and the operator.",
  security,
  middleware: [requireHouse] as const,
  request: { query: pageQuery(30, 200) },
  responses: {
    200: { description: "One page.", content: { "application/json": { schema: pageSchema(cycleSchema) } } },
    ...problems(400, 401, 403, 422),
  },
});

const one = createRoute({
  method: "get",
  path: "/api/portfolio/cycles/{run_id}",
  tags: ["portfolio"],
  summary: "One cycle with a page of its users' results; `latest` is the newest one that ended",
  description: "For members of the house and the operator. Results are kept for seven days, cycles longer.",
  security,
  middleware: [requireHouse] as const,
  request: {
    params: z.object({ run_id: z.union([z.literal("latest"), z.coerce.number().int().positive()]) }),
    query: z
      .object({ state: z.enum(RESULT_STATES).optional().openapi({ description: "Only results of this state." }) })
      .extend(pageQuery(100, 1_000).shape),
  },
  responses: {
    200: { description: "The cycle.", content: { "application/json": { schema: cycleWithResultsSchema } } },
    ...problems(400, 401, 403, 404, 422),
  },
});

/** How the cycles ended, in whole and for each user: for members of the house. */
export function cycleRoutes({ db }: PortfolioRoutesOptions) {
  return createRouter()
    .openapi(list, async (context) => {
      const { limit, cursor } = context.req.valid("query");
      const binding = { route: list.path, filters: {} };
      const before = cursor === undefined ? undefined : decodeCursor(cursor, binding, z.number().int());
      const filter = { job: PORTFOLIO_CYCLE, ...(before === undefined ? {} : { before }) };
      const page = pageOf(await loadCycles(db.read, filter, limit + 1), { limit, binding, position: ({ id }) => id });
      return context.json({ ...page, items: page.items.map(renderCycle) }, 200, { "Cache-Control": "no-store" });
    })
    .openapi(one, async (context) => {
      const wanted = context.req.valid("param").run_id;
      const { limit, cursor, state } = context.req.valid("query");
      const filter =
        wanted === "latest" ? { job: PORTFOLIO_CYCLE, ended: true } : { job: PORTFOLIO_CYCLE, before: wanted + 1 };
      const [cycle] = await loadCycles(db.read, filter, 1);
      if (!cycle || (wanted !== "latest" && cycle.id !== wanted)) throw unknownCycle(wanted);
      const binding = { route: one.path, filters: { run_id: cycle.id, state } };
      const after = cursor === undefined ? undefined : decodeCursor(cursor, binding, z.string());
      const rows = await loadResultsOfRun(
        db.read,
        { runId: cycle.id, ...(after === undefined ? {} : { after }), ...(state === undefined ? {} : { state }) },
        limit + 1,
      );
      const page = pageOf(rows, { limit, binding, position: ({ userId }) => userId });
      const results = page.items.map((result) => ({
        user_id: result.userId,
        success: result.state !== "failed",
        state: result.state,
        symbols: result.symbols,
        failed_symbols: result.failedSymbols,
        files_changed: result.filesChanged,
        error: result.problem,
        timestamp: result.createdAt,
      }));
      const body = { ...renderCycle(cycle), results, next_cursor: page.next_cursor };
      return context.json(body, 200, { "Cache-Control": "no-store" });
    });
}

function renderCycle({ id, status, outcome, startTime, endTime, logData }: CycleRun) {
  const details = logData ?? {};
  const count = (name: string): number => {
    const value = details[name];
    return typeof value === "number" ? value : 0;
  };
  const processed = count("users_processed");
  return {
    run_id: id,
    success: outcome === "ok" && processed > 0,
    status,
    outcome,
    users_processed: processed,
    successful: count("successful"),
    failed: count("failed"),
    files_changed: count("files_changed"),
    market_candidates: count("market_candidates"),
    trading_date: (details.trading_date as string | undefined) ?? null,
    data_source: (details.data_source as DataSource | undefined) ?? null,
    duration_minutes: endTime === null ? null : (Date.parse(endTime) - Date.parse(startTime)) / 60_000,
    started_at: startTime,
    timestamp: endTime,
    details,
  };
}

const unknownCycle = (wanted: number | "latest") =>
  wanted === "latest"
    ? new HttpProblem(404, "no_cycle_yet", "No cycle has ended yet.")
    : new HttpProblem(404, "unknown_cycle", `There is no cycle ${wanted}.`);
