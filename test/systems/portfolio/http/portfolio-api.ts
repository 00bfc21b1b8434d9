import type { Database } from "../../../../src/db/index.ts";
import { jobRuns } from "../../../../src/db/schema/jobs.ts";
import { type FileName, portfolioResults, type ResultState } from "../../../../src/db/schema/portfolio.ts";
import type { AuditEntry } from "../../../../src/server/identity/audit.ts";
import { createServer } from "../../../../src/server/index.ts";
import { createMetrics } from "../../../../src/server/metrics/index.ts";
import { createPortfolioRoutes } from "../../../../src/systems/portfolio/http/index.ts";
import { insertAlerts } from "../../../../src/systems/portfolio/store/alerts.ts";
import { fileText, loadSets, packSet, replaceSet } from "../../../../src/systems/portfolio/store/file-sets.ts";
import { openTestServer } from "../../../server/harness.ts";
import type { Document } from "../../../support/openapi.ts";
import { createFakeMarket } from "../../recommendations/fake-market.ts";
import { identityOfRoles, type Role, tokenOf } from "./roles.ts";

export const AT = "2024-03-08T23:00:00.000Z";

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Loosely typed: tests look at single keys. */
  // biome-ignore lint/suspicious/noExplicitAny: parsed JSON
  body: any;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface PortfolioApi extends AsyncDisposable {
  readonly db: Database;
  readonly audited: AuditEntry[];
  /** `GET /openapi.json`. */
  readonly document: Document;
  readonly clock: { advance(ms: number): Promise<void> };
  /** Asks as a role; `path` is below `/api`. */
  ask(role: Role, path: string, asking?: Asking): Promise<Answer>;
}

/** The system's routes behind the real gate, on a store of their own or a given one, with a token for each role. */
export async function openPortfolioApi({ db: given }: { db?: Database } = {}): Promise<PortfolioApi> {
  const base = await openTestServer();
  const db = given ?? base.store.db;
  const { clock, ids, settings, log } = base.options;
  const audited: AuditEntry[] = [];
  const routes = createPortfolioRoutes({
    db,
    market: createFakeMarket(),
    clock,
    dataSource: "csv",
    settings,
    ids,
    rules: { directory: "auto", defaultPortfolio: false },
    audit: async (entry) => void audited.push(entry),
  });
  const app = createServer({
    ...base.options,
    identity: identityOfRoles(base.options.identity),
    metrics: createMetrics({ log }),
    systems: [{ name: "portfolio", routes }],
  });
  return {
    db,
    audited,
    document: (await (await app.request("/openapi.json")).json()) as Document,
    clock: base.clock,
    async ask(role, path, { headers, ...init } = {}) {
      const response = await app.request(`/api${path}`, { ...init, headers: { ...tokenOf(role), ...headers } });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get("content-type") ?? "");
      const body = isJson && text ? JSON.parse(text) : undefined;
      return { status: response.status, headers: response.headers, text, body };
    },
    [Symbol.asyncDispose]: base[Symbol.asyncDispose],
  };
}

/** Stores a run of the cycle that has ended, or one that has not when there is no outcome. */
export async function giveCycle(
  db: Database,
  {
    id,
    outcome = "ok",
    job = "portfolio_cycle",
    logData,
  }: {
    id: number;
    outcome?: (typeof jobRuns.$inferInsert)["outcome"];
    job?: string;
    logData?: Record<string, unknown>;
  },
): Promise<void> {
  await db.write(async (tx) => {
    await tx.insert(jobRuns).values({
      id,
      uid: `u${id}`,
      jobName: job,
      trigger: "cron",
      startTime: AT,
      endTime: outcome === null ? null : "2024-03-08T23:03:00.000Z",
      status: outcome === null ? "running" : outcome === "ok" || outcome === "partial" ? "completed" : "failed",
      outcome,
      bootId: "b",
      createdAt: AT,
      ...(logData ? { logData } : {}),
    });
  });
}

/** Stores a user's set of files. */
export async function giveFiles(db: Database, userId: string, texts: Partial<Record<FileName, string>>): Promise<void> {
  const stored = (await loadSets(db, [userId])).get(userId);
  const files = new Map(Object.entries(texts).map(([name, text]) => [name as FileName, fileText(text)]));
  const set = packSet({ userId, texts: files, runId: 1, analysedAt: AT });
  await db.write(async (tx) => void (await replaceSet(tx, set, stored)));
}

/** Stores high signals of a user: symbol, date of the bar, type. */
export async function giveAlerts(
  db: Database,
  userId: string,
  signals: readonly (readonly [symbol: string, barDate: string, type: string])[],
): Promise<void> {
  const facts = { userId, priority: "HIGH", description: "Señal.", recommendation: "COMPRAR", price: 10 } as const;
  const rows = signals.map(([symbol, barDate, type]) => ({ ...facts, symbol, barDate, type, runId: 1, createdAt: AT }));
  await db.write((tx) => insertAlerts(tx, rows));
}

/** Stores how a run ended for a user. */
export async function giveResult(
  db: Database,
  result: { runId: number; userId: string; state?: ResultState; filesChanged?: number; problem?: string },
): Promise<void> {
  const row = { state: "ok", symbols: 3, failedSymbols: 1, filesChanged: 4, createdAt: AT, ...result } as const;
  await db.write(async (tx) => void (await tx.insert(portfolioResults).values(row)));
}
