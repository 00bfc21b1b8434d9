import { expect } from "bun:test";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { openDatabase } from "../../src/db/index.ts";
import { unpackText } from "../../src/systems/portfolio/store/file-sets.ts";
import type { TestSupabase } from "./supabase/index.ts";

type Row = Record<string, unknown>;

/** What a table's copy has to be, read from the local store by a query of its own. */
interface MirroredTable {
  /** Columns as they are named there, in the order of the key first. */
  sql: string;
  key: readonly string[];
  json?: readonly string[];
  instants?: readonly string[];
  booleans?: readonly string[];
  /** Columns that the other side fills by itself. */
  own?: readonly string[];
}

const PARENT = "join daily_recommendations r on r.id = x.recommendation_id";

/** Every mirrored table, written down here a second time: a mistake in a stream's declaration must not be repeated. */
const TABLES: Readonly<Record<string, MirroredTable>> = {
  tenants: {
    sql: `select tenant_id, name, status, timezone, business_hours_start, business_hours_end, settings, source,
            created_at, updated_at from tenants`,
    key: ["tenant_id"],
    json: ["settings"],
    instants: ["created_at", "updated_at"],
    own: ["id"],
  },
  audit_logs: {
    sql: `select uid, created_at as occurred_at, action as event_type, actor, tenant_id, 'info' as severity,
            entity as resource, entity_id, details, correlation_id, ip_hash from audit_logs`,
    key: ["uid"],
    json: ["details"],
    instants: ["occurred_at"],
    own: ["id"],
  },
  job_runs: {
    sql: `select uid, job_name, subject, trigger, attempt, slot_at, params, start_time, end_time, status, outcome,
            tickers_processed, errors_count, log_data, created_at from job_runs where job_name <> 'mirror_drain'`,
    key: ["uid"],
    json: ["params", "log_data"],
    instants: ["slot_at", "start_time", "end_time", "created_at"],
  },
  daily_recommendations: {
    sql: `select r.analysis_date, r.ticker, r.recommendation, r.total_score, r.confidence, r.technical_score,
            r.fundamental_score, r.macro_score, r.sentiment_score, r.current_price, r.target_price, r.risk_level,
            r.summary, r.created_at, r.company_name, r.currency, r.bar_date, r.coverage, r.scoring_profile,
            r.data_source, r.trigger, j.uid as job_run_uid, r.revision, r.updated_at
          from daily_recommendations r left join job_runs j on j.id = r.job_run_id`,
    key: ["analysis_date", "ticker"],
    instants: ["created_at", "updated_at"],
  },
  analysis_details: {
    sql: `select r.analysis_date, r.ticker, x.analysis_type, x.raw_data, x.indicators, x.score, x.metadata, x.created_at
          from analysis_details x ${PARENT}`,
    key: ["analysis_date", "ticker", "analysis_type"],
    json: ["raw_data", "indicators", "metadata"],
    instants: ["created_at"],
  },
  recommendation_outcomes: {
    sql: `select r.analysis_date, r.ticker, x.horizon, x.bar_date, x.start_price, x.end_date, x.end_price,
            x.return_fraction, x.benchmark, x.benchmark_return, x.excess_return, x.hit, x.computed_at
          from recommendation_outcomes x ${PARENT}`,
    key: ["analysis_date", "ticker", "horizon"],
    booleans: ["hit"],
    instants: ["computed_at"],
  },
  asset_analyses: {
    sql: `select symbol, period, interval, as_of, profile, data_source, recommendation, priority, price, payload,
            computed_at from asset_analyses`,
    key: ["symbol", "period", "interval", "as_of", "profile"],
    json: ["payload"],
    instants: ["computed_at"],
  },
  radar_scans: {
    sql: `select market, as_of, profile, data_source, regime, regime_info, radars_used, scanned, skipped,
            universe_source, universe_as_of, scanned_at from radar_scans`,
    key: ["market", "as_of", "profile"],
    json: ["regime_info", "skipped"],
    instants: ["scanned_at"],
  },
  radar_candidates: {
    sql: "select market, as_of, profile, rank, symbol, radar, score, metrics from radar_candidates",
    key: ["market", "as_of", "profile", "rank"],
    json: ["metrics"],
  },
  portfolio_alerts: {
    sql: `select user_id, symbol, type, bar_date, priority, description, recommendation, price, created_at,
            delivered_at from portfolio_alerts`,
    key: ["user_id", "symbol", "type", "bar_date"],
    instants: ["created_at", "delivered_at"],
  },
};

const PAGE = 1_000;

/** Rows of a store, read behind the back of the process that has it open. */
export async function readStore<Found = Row>(dataDir: string, ...statements: string[]): Promise<Found[]> {
  const path = `${dataDir}/vigia.db`;
  const db = await openDatabase({ url: `file:${path}`, path });
  try {
    const rows: Found[] = [];
    for (const sql of statements) {
      const found = await db.client.execute(sql);
      rows.push(
        ...found.rows.map((row) => Object.fromEntries(found.columns.map((name) => [name, row[name]])) as Found),
      );
    }
    return rows;
  } finally {
    db.close();
  }
}

/** A client as anybody would make it, with the key of the project. */
const serviceClient = ({ url, serviceKey }: TestSupabase): SupabaseClient =>
  createClient(url, serviceKey, { auth: { persistSession: false } });

/** Fails unless every mirrored table is there as it is here. Resolves with the number of rows by table. */
export async function expectSameTables(dataDir: string, supabase: TestSupabase): Promise<Record<string, number>> {
  const client = serviceClient(supabase);
  const counts: Record<string, number> = {};
  for (const [name, table] of Object.entries(TABLES)) {
    const here = inOrder(
      table,
      (await readStore(dataDir, table.sql)).map((row) => spelled(table, row)),
    );
    const there = inOrder(table, await readRemote(client, name, table));
    expect([name, there.length]).toEqual([name, here.length]);
    for (const [place, row] of here.entries()) expect(there[place]).toEqual(row);
    counts[name] = here.length;
  }
  return counts;
}

/** As PostgREST spells what Postgres keeps of it. */
function spelled({ json = [], instants = [], booleans = [] }: MirroredTable, stored: Row): Row {
  const row = { ...stored };
  for (const name of json) if (row[name] !== null) row[name] = JSON.parse(String(row[name]));
  for (const name of instants) if (row[name] !== null) row[name] = spelledInstant(String(row[name]));
  for (const name of booleans) if (row[name] !== null) row[name] = row[name] === 1;
  return row;
}

/** `2024-03-08T23:00:00.120Z` is answered as `2024-03-08T23:00:00.12+00:00`. */
function spelledInstant(stored: string): string {
  const [, whole, fraction = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(stored)!;
  const kept = fraction.replace(/0+$/, "");
  return `${whole}${kept ? `.${kept}` : ""}+00:00`;
}

async function readRemote(client: SupabaseClient, name: string, { key, own = [] }: MirroredTable): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    let page = client.from(name).select("*");
    for (const column of key) page = page.order(column);
    const { data, error } = await page.range(rows.length, rows.length + PAGE - 1);
    if (error) throw new Error(`${name}: ${error.message}`);
    rows.push(...(data as Row[]));
    if (data.length < PAGE) break;
  }
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !own.includes(column))));
}

function inOrder({ key }: MirroredTable, rows: readonly Row[]): Row[] {
  const placeOf = (row: Row) => JSON.stringify(key.map((name) => row[name]));
  return rows
    .map((row) => ({ row, place: placeOf(row) }))
    .sort((left, right) => (left.place < right.place ? -1 : 1))
    .map(({ row }) => row);
}

/** Fails unless the bucket holds exactly the users' files, as they are here. Resolves with their number. */
export async function expectSameFiles(
  dataDir: string,
  supabase: TestSupabase,
  { bucket = "portfolio-files" }: { bucket?: string } = {},
): Promise<number> {
  const files = await readStore<{ path: string; content: ArrayBuffer }>(
    dataDir,
    `select f.user_id || '/' || f.name as path, c.content
       from portfolio_files f join portfolio_contents c on c.sha256 = f.sha256 order by path`,
  );
  const listed = await supabase.sql<{ name: string }[]>`
    select name from storage.objects where bucket_id = ${bucket} order by name collate "C"`;
  expect(listed.map(({ name }) => name)).toEqual(files.map(({ path }) => path));
  const storage = serviceClient(supabase).storage.from(bucket);
  for (const { path, content } of files) {
    const { data, error } = await storage.download(path);
    if (error) throw new Error(`${path}: ${error.message}`);
    expect([path, await data.text()]).toEqual([path, unpackText(new Uint8Array(content))]);
    expect(data.type).toStartWith(path.endsWith(".md") ? "text/markdown" : "application/json");
  }
  return files.length;
}
