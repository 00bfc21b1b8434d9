import { sourceSnapshots, universeMembers } from "../../../../src/db/schema/market.ts";
import type { FileName } from "../../../../src/db/schema/portfolio.ts";
import type { JobDefinition, JobResult } from "../../../../src/jobs/define.ts";
import { createMarket } from "../../../../src/market/create-market.ts";
import type { PriceProvider } from "../../../../src/market/provider.ts";
import type { HttpClient } from "../../../../src/net/client.ts";
import { loadSettings } from "../../../../src/settings.ts";
import { createContextSource } from "../../../../src/systems/portfolio/context/context-source.ts";
import { portfolioJobs } from "../../../../src/systems/portfolio/jobs.ts";
import { createPeopleStore, type PeopleStore } from "../../../../src/systems/portfolio/people/people-store.ts";
import { unpackText } from "../../../../src/systems/portfolio/store/file-sets.ts";
import { createMemoryLog, type LogLine } from "../../../net/harness.ts";
import { createFakeClock, type FakeClock } from "../../../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import { createRun, type TestRun } from "../../recommendations/job-context.ts";
import { type GivenUser, giveUser } from "../people/people-fixtures.ts";
import { createPriceTable, type PriceTable } from "./price-table.ts";

/** An evening after New York's close; a Friday. */
export const EVENING = "2024-03-08T21:30:00.000Z";

export interface CycleBenchOptions {
  settings?: Record<string, string>;
  now?: string;
  /** Default: the bench's own table. */
  provider?: PriceProvider;
  http?: HttpClient;
  /** Wraps the directory of users. */
  people?(store: PeopleStore): PeopleStore;
}

export interface StoredText {
  text: string;
  sha256: string;
  revision: number;
  analysedAt: string;
  runId: number;
}

export interface CycleRun {
  runId: number;
  result: JobResult;
  /** Results of the run by user id. */
  users: Record<
    string,
    { state: string; symbols: number; failedSymbols: number; filesChanged: number; problem: string | null }
  >;
  events: TestRun["events"];
}

/** The portfolio's cycle on a database of its own, with prices and clock in the test's hand. */
export interface CycleBench extends AsyncDisposable {
  readonly store: TestDatabase;
  readonly clock: FakeClock;
  readonly table: PriceTable;
  readonly lines: LogLine[];
  readonly job: JobDefinition;
  user(user: GivenUser): Promise<void>;
  /** Members of the S&P 500 for the scans; without any the embedded list stands, none of which has prices. */
  universe(symbols: readonly string[]): Promise<void>;
  context(params?: Record<string, unknown>): Promise<TestRun>;
  run(params?: Record<string, unknown>): Promise<CycleRun>;
  files(userId: string): Promise<Map<FileName, StoredText>>;
  json(userId: string, name?: "portfolio" | "mercado"): Promise<FileJson>;
  sql(statement: string, ...args: (string | number)[]): Promise<Record<string, unknown>[]>;
}

/** Loosely typed: tests look at single keys. */
// biome-ignore lint/suspicious/noExplicitAny: parsed JSON
export type FileJson = any;

export async function openCycleBench(options: CycleBenchOptions = {}): Promise<CycleBench> {
  const { now = EVENING, http } = options;
  const store = await openTestDatabase();
  const { db } = store;
  const clock = createFakeClock(now);
  const table = createPriceTable();
  const provider = options.provider ?? table.provider;
  const { settings } = loadSettings({
    VIGIA_DATA_DIR: store.dir,
    MARKET_DATA: "csv",
    // No price files lie there: prices come from the provider.
    MARKET_DATA_DIR: store.dir,
    ...options.settings,
  });
  const { log, lines } = createMemoryLog();
  const market = createMarket({ db, provider, clock, log });
  const people = createPeopleStore({
    db,
    directory: settings.portfolioDirectory,
    defaultPortfolio: settings.svgaDefaultPortfolio,
    dataSource: provider.source,
    defaultTimezone: settings.dailyAnalysisTimezone,
  });
  const [job] = portfolioJobs({
    settings,
    db,
    market,
    people: options.people?.(people) ?? people,
    context: createContextSource({ db, clock, log, settings, dataSource: provider.source }),
    chartOf: () => null,
  });
  const sql: CycleBench["sql"] = async (statement, ...args) =>
    (await db.client.execute({ sql: statement, args })).rows.map((row) => ({ ...row }));
  const context = async (params: Record<string, unknown> = {}) => {
    const run = { params };
    const made = await createRun({
      db,
      now: clock.now().toISOString(),
      job: job!.name,
      run,
      clock,
      ...(http ? { http } : {}),
    });
    return { ...made, log };
  };
  const files: CycleBench["files"] = async (userId) => {
    const rows = await sql(
      `select f.name, f.sha256, f.revision, f.run_id, f.analysed_at, c.content from portfolio_files f
       join portfolio_contents c on c.sha256 = f.sha256 where f.user_id = ? order by f.name`,
      userId,
    );
    return new Map(
      rows.map((row) => [
        row.name as FileName,
        {
          text: unpackText(new Uint8Array(row.content as ArrayBuffer)),
          sha256: String(row.sha256),
          revision: Number(row.revision),
          analysedAt: String(row.analysed_at),
          runId: Number(row.run_id),
        },
      ]),
    );
  };
  return {
    store,
    clock,
    table,
    lines,
    job: job!,
    user: (user) => giveUser(db, user),
    universe: (symbols) =>
      db.write(async (tx) => {
        const asOf = "2000-01-01";
        await tx
          .insert(universeMembers)
          .values(symbols.map((symbol) => ({ universe: "sp500", symbol, validFrom: asOf })));
        const payload = { added: [], removed: [], total: symbols.length };
        await tx
          .insert(sourceSnapshots)
          .values({ source: "import", key: "universe:sp500", asOf, fetchedAt: now, payload });
      }),
    context,
    async run(params) {
      const made = await context(params);
      const result = await job!.run(made);
      const rows = await sql("select * from portfolio_results where run_id = ?", made.run.id);
      const users = Object.fromEntries(
        rows.map((row) => [
          String(row.user_id),
          {
            state: String(row.state),
            symbols: Number(row.symbols),
            failedSymbols: Number(row.failed_symbols),
            filesChanged: Number(row.files_changed),
            problem: row.problem === null ? null : String(row.problem),
          },
        ]),
      );
      return { runId: made.run.id, result, users, events: made.events };
    },
    files,
    json: async (userId, name = "portfolio") => JSON.parse((await files(userId)).get(`${name}_analisis.json`)!.text),
    sql,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
