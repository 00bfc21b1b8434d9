import { and, asc, desc, eq, gt, gte, inArray, lt, lte, sql } from "drizzle-orm";
import type { Database, Reader } from "../../../db/index.ts";
import type { DataSource, MarketName } from "../../../db/schema/market.ts";
import { radarCandidates, radarScans } from "../../../db/schema/portfolio.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import type { RadarScan } from "../radar/radar-scan.ts";

export interface NewScan {
  market: MarketName;
  scan: RadarScan & { as_of: IsoDate };
  dataSource: DataSource;
  universeSource: string;
  universeAsOf: IsoDate | null;
  scannedAt: string;
}

/** Stores a scan and its candidates by the date of its data; the same date is replaced as a whole. */
export async function saveScan(db: Database, { market, scan, ...facts }: NewScan): Promise<void> {
  const key = { market, asOf: scan.as_of, profile: scan.profile };
  const row = {
    ...key,
    ...facts,
    regime: scan.regime.regime,
    regimeInfo: scan.regime,
    radarsUsed: scan.radars_used,
    scanned: scan.metrics.length,
    skipped: scan.skipped,
  };
  const candidates = scan.candidates.map(({ radar, score, ...metrics }, index) => ({
    ...key,
    rank: index + 1,
    symbol: metrics.ticker,
    radar,
    score,
    metrics,
  }));
  await db.write(async (tx) => {
    await tx
      .insert(radarScans)
      .values(row)
      .onConflictDoUpdate({ target: [radarScans.market, radarScans.asOf, radarScans.profile], set: row });
    // Rank by rank, so that a scan which found the same again changes no row.
    if (candidates.length > 0)
      await tx
        .insert(radarCandidates)
        .values(candidates)
        .onConflictDoUpdate({
          target: [radarCandidates.market, radarCandidates.asOf, radarCandidates.profile, radarCandidates.rank],
          set: {
            symbol: sql`excluded.symbol`,
            radar: sql`excluded.radar`,
            score: sql`excluded.score`,
            metrics: sql`excluded.metrics`,
          },
        });
    await tx
      .delete(radarCandidates)
      .where(
        and(
          eq(radarCandidates.market, market),
          eq(radarCandidates.asOf, key.asOf),
          eq(radarCandidates.profile, key.profile),
          gt(radarCandidates.rank, candidates.length),
        ),
      );
  });
}

export interface StoredCandidate {
  rank: number;
  symbol: string;
  radar: string;
  score: number;
  metrics: unknown;
}

export type StoredScan = typeof radarScans.$inferSelect & { candidates: StoredCandidate[] };

export interface ScanFilter {
  market: MarketName;
  profile: string;
  dataSource: DataSource;
  /** Only scans that found this symbol. */
  symbol?: string;
  from?: IsoDate;
  to?: IsoDate;
  /** Only older ones: where a page goes on. */
  before?: IsoDate;
}

/** Stored scans of a market with their candidates, newest first. */
export async function loadScans(read: Reader, filter: ScanFilter, limit: number): Promise<StoredScan[]> {
  const { market, profile, dataSource, symbol, from, to, before } = filter;
  const scans = await read
    .select()
    .from(radarScans)
    .where(
      and(
        eq(radarScans.market, market),
        eq(radarScans.profile, profile),
        eq(radarScans.dataSource, dataSource),
        symbol === undefined ? undefined : found(symbol),
        from === undefined ? undefined : gte(radarScans.asOf, from),
        to === undefined ? undefined : lte(radarScans.asOf, to),
        before === undefined ? undefined : lt(radarScans.asOf, before),
      ),
    )
    .orderBy(desc(radarScans.asOf))
    .limit(limit);
  if (scans.length === 0) return [];
  const dates = scans.map(({ asOf }) => asOf);
  const candidates = await read
    .select()
    .from(radarCandidates)
    .where(
      and(
        eq(radarCandidates.market, market),
        eq(radarCandidates.profile, profile),
        inArray(radarCandidates.asOf, dates),
      ),
    )
    .orderBy(asc(radarCandidates.rank));
  return scans.map((scan) => ({
    ...scan,
    candidates: candidates
      .filter(({ asOf }) => asOf === scan.asOf)
      .map(({ rank, symbol, radar, score, metrics }) => ({ rank, symbol, radar, score, metrics })),
  }));
}

const found = (symbol: string) =>
  sql`exists (select 1 from ${radarCandidates} where ${radarCandidates.symbol} = ${symbol}
    and ${radarCandidates.asOf} = ${radarScans.asOf} and ${radarCandidates.market} = ${radarScans.market}
    and ${radarCandidates.profile} = ${radarScans.profile})`;
