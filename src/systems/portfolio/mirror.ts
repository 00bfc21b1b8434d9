import type { Database } from "../../db/index.ts";
import { FILE_NAMES } from "../../db/schema/portfolio.ts";
import type { MirrorStream, ObjectStream, RowStream } from "../../mirror/stream.ts";
import { PORTFOLIO_CYCLE } from "./job-names.ts";
import { loadFileSet } from "./store/file-sets.ts";

/** What Supabase gets of the portfolio system: scans and analyses for everybody, signals and files for their user. */
export const portfolioStreams = (db: Database): readonly MirrorStream[] => [...ROWS, files(db)];

const written = { kind: "rows", writers: [PORTFOLIO_CYCLE], unknownColumns: "block" } as const;

const ROWS: readonly RowStream[] = [
  {
    ...written,
    name: "asset_analyses",
    table: "asset_analyses",
    key: ["symbol", "period", "interval", "as_of", "profile"],
    columns: {
      symbol: "text",
      period: "text",
      interval: "text",
      as_of: "date",
      profile: "text",
      data_source: "text",
      recommendation: "text",
      priority: "text",
      price: "real",
      payload: "json",
      computed_at: "instant",
    },
    owedBy: [{ table: "asset_analyses" }],
  },
  {
    ...written,
    name: "radar_scans",
    table: "radar_scans",
    key: ["market", "as_of", "profile"],
    columns: {
      market: "text",
      as_of: "date",
      profile: "text",
      data_source: "text",
      regime: "text",
      regime_info: "json",
      radars_used: "text",
      scanned: "integer",
      skipped: "json",
      universe_source: "text",
      universe_as_of: "date",
      scanned_at: "instant",
    },
    owedBy: [{ table: "radar_scans" }],
  },
  {
    ...written,
    name: "radar_candidates",
    table: "radar_candidates",
    key: ["market", "as_of", "profile", "rank"],
    columns: {
      market: "text",
      as_of: "date",
      profile: "text",
      rank: "integer",
      symbol: "text",
      radar: "text",
      score: "real",
      metrics: "json",
    },
    owedBy: [{ table: "radar_candidates" }],
  },
  {
    ...written,
    name: "portfolio_alerts",
    table: "portfolio_alerts",
    key: ["user_id", "symbol", "type", "bar_date"],
    columns: {
      user_id: "text",
      symbol: "text",
      type: "text",
      bar_date: "date",
      priority: "text",
      description: "text",
      recommendation: "text",
      price: "real",
      created_at: "instant",
      delivered_at: "instant",
    },
    owedBy: [{ table: "portfolio_alerts" }],
  },
];

/** A user's files in Storage, one folder a user; the set is replaced as a whole. */
const files = (db: Database): ObjectStream => ({
  kind: "objects",
  name: "portfolio_files",
  table: "users",
  where: "exists (select 1 from portfolio_files file where file.user_id = t.user_id)",
  columns: { user_id: "text" },
  key: ["user_id"],
  owedBy: [{ table: "portfolio_files", columns: ["user_id", "name", "sha256"] }],
  writers: [PORTFOLIO_CYCLE],
  names: FILE_NAMES,
  path: ([userId], name) => `${userId}/${name}`,
  async load([userId]) {
    const set = await loadFileSet(db.read, String(userId));
    return set.map(({ name, sha256, content }) => ({
      name,
      contentType: name.endsWith(".json") ? "application/json" : "text/markdown",
      sha256,
      text: content,
    }));
  },
});
