import type { Database } from "../../../src/db/index.ts";
import type { Clock } from "../../../src/kit/clock.ts";
import { silentLogger } from "../../../src/kit/log.ts";
import type { DirectoryReport } from "../../../src/mirror/directory/report.ts";
import { syncDirectory } from "../../../src/mirror/directory/sync-directory.ts";
import { mirrorPeers } from "../../../src/mirror/remote/peer.ts";
import { createHttpDoor } from "../../../src/net/door.ts";
import { loadSettings } from "../../../src/settings.ts";
import { createPeopleStore } from "../../../src/systems/portfolio/people/people-store.ts";
import { openTestDatabase } from "../../support/database.ts";
import { openSupabase, type TestSupabase } from "../../support/supabase/index.ts";
import { createHurriedClock } from "../objects/harness.ts";

export interface DirectoryBench extends AsyncDisposable {
  project: TestSupabase;
  db: Database;
  clock: Clock;
  sync(options?: SyncOptions): Promise<DirectoryReport>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
  /** Symbols of every user whom a cycle would analyse. */
  symbols(directory?: "auto" | "users" | "profiles"): Promise<Record<string, string[]>>;
  /** Everything that the copy may write, to be compared. */
  dump(): Promise<unknown>;
}

interface SyncOptions {
  mode?: "auto" | "users" | "profiles";
  dryRun?: boolean;
  acceptMissing?: boolean;
  /** Another address than the project's. */
  url?: string;
  /** Called after the n-th answer of the project, from 1. */
  afterAnswer?: (answers: number) => Promise<void> | void;
}

export const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

/** A project of the customer's and an empty store. `profiles`: people in that shape instead of our own tables. */
export async function openDirectoryBench(shape: "users" | "profiles" | "bare" = "users"): Promise<DirectoryBench> {
  const project = await openSupabase({ database: shape === "users" ? "migrated" : "bare" });
  if (shape === "profiles") await project.sql.unsafe(PROFILES);
  const store = await openTestDatabase();
  const { db } = store;
  const clock = createHurriedClock();
  const rows = async (sql: string) => (await db.client.execute(sql)).rows.map((row) => ({ ...row }));
  return {
    project,
    db,
    clock,
    rows,
    async sync({ mode = "auto", dryRun = false, acceptMissing = false, afterAnswer, url = project.url } = {}) {
      const { settings } = loadSettings({
        SUPABASE_URL: url,
        SUPABASE_SERVICE_ROLE_KEY: project.serviceKey,
        MIRROR_RATE_PER_SECOND: "0",
        PORTFOLIO_DIRECTORY: mode,
      });
      let answers = 0;
      const door = createHttpDoor({
        db,
        clock,
        random: () => 0.5,
        log: silentLogger,
        defaultTimeoutMs: 5_000,
        async fetch(address, init) {
          const response = await fetch(address, init);
          await afterAnswer?.(++answers);
          return response;
        },
      });
      try {
        const http = door.clientFor("mirror", mirrorPeers(settings));
        const run = { http, log: silentLogger, signal: new AbortController().signal };
        return await syncDirectory({ settings, db, clock }, run, { dryRun, acceptMissing });
      } finally {
        await door.close();
      }
    },
    async symbols(directory = "auto") {
      const people = createPeopleStore({
        db,
        dataSource: "yahoo",
        defaultTimezone: "UTC",
        directory,
        defaultPortfolio: false,
      });
      const found: Record<string, string[]> = {};
      for await (const page of people.pages(500)) for (const user of page) found[user.userId] = user.symbols;
      return found;
    },
    dump: async () => [
      await rows("select * from users order by user_id"),
      await rows("select * from portfolios order by portfolio_id"),
      await rows("select * from assets order by asset_id"),
      await rows("select * from portfolio_config order by user_id"),
    ],
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await project[Symbol.asyncDispose]();
    },
  };
}

const PROFILES = `
  create table public.profiles (id uuid primary key, email text, active boolean, created_at timestamptz default now());
  create table public.portfolio_config (
    user_id uuid primary key, portfolio_tickers jsonb, scan_sp500 boolean, scan_crypto boolean, max_candidates integer
  );
  grant select on public.profiles, public.portfolio_config to service_role;
`;

/** `count` users with two assets in one portfolio each, ids from 1 on. */
export async function fillProject({ sql }: TestSupabase, count: number): Promise<void> {
  await sql`insert into public.users (user_id, email, first_name, created_at)
    select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'u' || n || '@example.org', 'Ana ' || n,
      '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 minute' from generate_series(1, ${count}) n`;
  await sql`insert into public.portfolios (portfolio_id, user_id, portfolio_name)
    select ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid,
      ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Principal' from generate_series(1, ${count}) n`;
  await sql`insert into public.assets (asset_id, portfolio_id, asset_symbol, quantity, acquisition_price)
    select ('00000000-0000-4000-a' || lpad(k::text, 3, '0') || '-' || lpad(n::text, 12, '0'))::uuid,
      ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, case k when 1 then 'AAPL' else 'BTC-USD' end, n + 0.5, 10
    from generate_series(1, ${count}) n, generate_series(1, 2) k`;
}
