import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateDatabase } from "../src/db/index.ts";
import { boot } from "../test/support/boot.ts";
import { stopPostgres } from "../test/support/postgres/running.ts";
import { openSupabase, type TestSupabase } from "../test/support/supabase/index.ts";
import type { DrainFigures } from "./mirror-drain.ts";
import { withDatabase } from "./portfolio-world.ts";
import { timeMs } from "./timing.ts";

/** Rows of a table that the mirror owes, and Supabase projects on this machine's Postgres to send them to. */
export interface MirrorWorld extends AsyncDisposable {
  /** A data directory with so many recommendations, none of them sent yet. */
  dirWith(rows: number): Promise<string>;
  /** Another one below the same root. */
  emptyDir(): string;
  /** A project with our migrations. */
  project(options?: { recordBodies?: boolean }): Promise<TestSupabase>;
  /** One drain in a process of its own. */
  drain(dataDir: string, project: TestSupabase, environment?: Record<string, string>): Promise<DrainFigures>;
}

const TICKERS = 50;

export function openMirrorWorld(): MirrorWorld {
  const root = mkdtempSync(join(tmpdir(), "vigia-bench-"));
  const projects: TestSupabase[] = [];
  let dirs = 0;
  const emptyDir = () => join(root, `data-${++dirs}`);
  return {
    emptyDir,
    async dirWith(rows) {
      const dataDir = emptyDir();
      await withDatabase(dataDir, async (db) => {
        await migrateDatabase(db, "main");
        await db.client.execute({ sql: RECOMMENDATIONS, args: [rows] });
      });
      return dataDir;
    },
    async project({ recordBodies = false } = {}) {
      const project = await openSupabase({ recordBodies });
      projects.push(project);
      return project;
    },
    async drain(dataDir, { url, serviceKey }, environment = {}) {
      const child = boot({
        dataDir,
        environment: {
          SUPABASE_URL: url,
          SUPABASE_SERVICE_ROLE_KEY: serviceKey,
          MIRROR_RATE_PER_SECOND: "0",
          LOG_LEVEL: "error",
          ...environment,
        },
        script: "bench/mirror-drain.ts",
      });
      const code = await child.exited;
      const figures = /\{"openMs".*\}/.exec(child.output());
      if (code !== 0 || !figures) throw new Error(`the drain ended with ${code}:\n${child.output().slice(-2_000)}`);
      return JSON.parse(figures[0]) as DrainFigures;
    },
    async [Symbol.asyncDispose]() {
      for (const project of projects) await project[Symbol.asyncDispose]();
      await stopPostgres();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Rows as a day's analysis leaves them, of invented tickers and days. */
const RECOMMENDATIONS = `
  with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n + 1 < ?)
  insert into daily_recommendations (analysis_date, ticker, recommendation, total_score, confidence, technical_score,
    current_price, target_price, risk_level, summary, created_at, company_name, currency, bar_date, coverage,
    scoring_profile, data_source, "trigger", updated_at)
  select date('1995-01-01', (n / ${TICKERS}) || ' days'), printf('T%02d', n % ${TICKERS}),
    case n % 3 when 0 then 'COMPRAR' when 1 then 'MANTENER' else 'VENDER' end,
    (n % 997) / 9.97, (n % 89) / 0.89, (n % 499) / 4.99, 1 + (n % 9973) / 7.0, 1 + (n % 9967) / 6.9, 'medium',
    'Puntaje ' || (n % 100) || ': tendencia alcista de corto plazo con volumen por encima del promedio.',
    '2024-03-08T23:00:00.000Z', 'Invented Company ' || (n % ${TICKERS}), 'USD',
    date('1995-01-01', (n / ${TICKERS}) || ' days'), 0.5, 'v2', 'csv', 'backfill', '2024-03-08T23:00:00.000Z'
  from numbers`;

/** Sends what a project was sent once more, with nothing around it: what the other side itself needs. */
export async function replayMs(project: TestSupabase): Promise<number> {
  const sent = project.history.requests.filter(({ service, method }) => service === "rest" && method === "POST");
  const bodies = sent.map(({ path, query, headers, body }) => ({
    url: `${project.url}/rest/v1${path}${query}`,
    headers: keptHeaders(headers),
    body: body!,
  }));
  return timeMs(async () => {
    for (const { url, headers, body } of bodies) {
      const answer = await fetch(url, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`the replay was answered ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
    }
  });
}

const keptHeaders = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    [...headers].filter(([name]) => !["content-length", "connection", "host", "accept-encoding"].includes(name)),
  );
