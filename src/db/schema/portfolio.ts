import { sql } from "drizzle-orm";
import { blob, check, foreignKey, index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { calendarDate, instant, json, jsonValid, oneOf } from "../columns.ts";
import { jobRuns } from "./jobs.ts";
import { DATA_SOURCES, MARKETS } from "./market.ts";

export const PEOPLE_SOURCES = ["sample", "local", "supabase"] as const;
export const ANALYSIS_PERIODS = ["1mo", "3mo", "6mo", "1y", "2y"] as const;
export const SIGNAL_PRIORITIES = ["LOW", "MEDIUM", "HIGH"] as const;
export const RESULT_STATES = ["ok", "failed", "empty", "skipped"] as const;
/** In the order in which a set is delivered: the JSON that names the others' data comes last (concordance 2.3 rule 9). */
export const FILE_NAMES = [
  "portfolio_informe.md",
  "mercado_informe.md",
  "mercado_analisis.json",
  "portfolio_analisis.json",
] as const;

export type PeopleSource = (typeof PEOPLE_SOURCES)[number];
export type AnalysisPeriod = (typeof ANALYSIS_PERIODS)[number];
export type SignalPriority = (typeof SIGNAL_PRIORITIES)[number];
export type ResultState = (typeof RESULT_STATES)[number];
export type FileName = (typeof FILE_NAMES)[number];

/** Someone whose positions are analysed. No password and no role: those belong to accounts. */
export const users = sqliteTable(
  "users",
  {
    userId: text("user_id").primaryKey(),
    email: text("email"),
    firstName: text("first_name"),
    lastName: text("last_name"),
    /** IANA zone of the reports; null takes the house's. */
    timezone: text("timezone"),
    active: integer("active", { mode: "boolean" }).notNull().default(true),
    source: text("source", { enum: PEOPLE_SOURCES }).notNull().default("local"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [
    // The order in which cycles and lists page through them.
    index("users_created").on(table.createdAt, table.userId),
    check("users_source", oneOf("source", PEOPLE_SOURCES)),
  ],
);

export const portfolios = sqliteTable(
  "portfolios",
  {
    portfolioId: text("portfolio_id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.userId, { onDelete: "cascade" }),
    portfolioName: text("portfolio_name").notNull(),
    description: text("description"),
    /** Order of the source, within the user. */
    position: integer("position").notNull(),
  },
  (table) => [index("portfolios_user").on(table.userId, table.position)],
);

export const assets = sqliteTable(
  "assets",
  {
    assetId: text("asset_id").primaryKey(),
    portfolioId: text("portfolio_id")
      .notNull()
      .references(() => portfolios.portfolioId, { onDelete: "cascade" }),
    assetSymbol: text("asset_symbol").notNull(),
    quantity: real("quantity"),
    /** A unit's price in the quote currency. */
    acquisitionPrice: real("acquisition_price"),
    /** Order of the source, within the portfolio. */
    position: integer("position").notNull(),
  },
  (table) => [index("assets_portfolio").on(table.portfolioId, table.position)],
);

/** What a user wants of the shared scan; its tickers stand in for assets where there are none. */
export const portfolioConfig = sqliteTable(
  "portfolio_config",
  {
    userId: text("user_id")
      .primaryKey()
      .references(() => users.userId, { onDelete: "cascade" }),
    portfolioTickers: json<string[]>("portfolio_tickers"),
    scanSp500: integer("scan_sp500", { mode: "boolean" }).notNull().default(true),
    scanCrypto: integer("scan_crypto", { mode: "boolean" }).notNull().default(true),
    maxCandidates: integer("max_candidates").notNull().default(10),
  },
  () => [
    check("portfolio_config_tickers_json", jsonValid("portfolio_tickers")),
    check("portfolio_config_max", sql`max_candidates between 0 and 100`),
  ],
);

/** Analysis of one series by the date of its data: unchanged bars change no row. */
export const assetAnalyses = sqliteTable(
  "asset_analyses",
  {
    symbol: text("symbol").notNull(),
    period: text("period", { enum: ANALYSIS_PERIODS }).notNull(),
    interval: text("interval", { enum: ["1d", "1wk"] }).notNull(),
    asOf: calendarDate("as_of").notNull(),
    profile: text("profile").notNull(),
    dataSource: text("data_source", { enum: DATA_SOURCES }).notNull(),
    recommendation: text("recommendation").notNull(),
    priority: text("priority", { enum: SIGNAL_PRIORITIES }).notNull(),
    price: real("price").notNull(),
    /** The whole asset object, as the files have it. */
    payload: json<unknown>("payload").notNull(),
    computedAt: instant("computed_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.symbol, table.period, table.interval, table.asOf, table.profile] }),
    index("asset_analyses_as_of").on(table.asOf),
    check("asset_analyses_interval", oneOf("interval", ["1d", "1wk"])),
    check("asset_analyses_source", oneOf("data_source", DATA_SOURCES)),
    check("asset_analyses_priority", oneOf("priority", SIGNAL_PRIORITIES)),
    check("asset_analyses_payload_json", jsonValid("payload")),
  ],
);

/** One scan of a market by the date of its benchmark's last bar. */
export const radarScans = sqliteTable(
  "radar_scans",
  {
    market: text("market", { enum: MARKETS }).notNull(),
    asOf: calendarDate("as_of").notNull(),
    profile: text("profile").notNull(),
    dataSource: text("data_source", { enum: DATA_SOURCES }).notNull(),
    regime: text("regime").notNull(),
    /** Regime object with its keys and reasons. */
    regimeInfo: json<unknown>("regime_info").notNull(),
    radarsUsed: text("radars_used").notNull(),
    scanned: integer("scanned").notNull(),
    /** Symbols of the universe without enough bars. */
    skipped: json<string[]>("skipped").notNull(),
    /** Where the list of members comes from, and its date. */
    universeSource: text("universe_source").notNull(),
    universeAsOf: calendarDate("universe_as_of"),
    scannedAt: instant("scanned_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.market, table.asOf, table.profile] }),
    index("radar_scans_as_of").on(table.asOf),
    check("radar_scans_market", oneOf("market", MARKETS)),
    check("radar_scans_source", oneOf("data_source", DATA_SOURCES)),
    check("radar_scans_regime_json", jsonValid("regime_info")),
    check("radar_scans_skipped_json", jsonValid("skipped")),
  ],
);

export const radarCandidates = sqliteTable(
  "radar_candidates",
  {
    market: text("market", { enum: MARKETS }).notNull(),
    asOf: calendarDate("as_of").notNull(),
    profile: text("profile").notNull(),
    rank: integer("rank").notNull(),
    symbol: text("symbol").notNull(),
    radar: text("radar").notNull(),
    score: real("score").notNull(),
    metrics: json<unknown>("metrics").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.market, table.asOf, table.profile, table.rank] }),
    index("radar_candidates_symbol").on(table.symbol, table.asOf),
    foreignKey({
      columns: [table.market, table.asOf, table.profile],
      foreignColumns: [radarScans.market, radarScans.asOf, radarScans.profile],
    }).onDelete("cascade"),
    check("radar_candidates_metrics_json", jsonValid("metrics")),
  ],
);

/** How a cycle ended for one user. */
export const portfolioResults = sqliteTable(
  "portfolio_results",
  {
    runId: integer("run_id")
      .notNull()
      .references(() => jobRuns.id, { onDelete: "cascade" }),
    userId: text("user_id").notNull(),
    state: text("state", { enum: RESULT_STATES }).notNull(),
    symbols: integer("symbols").notNull(),
    failedSymbols: integer("failed_symbols").notNull(),
    filesChanged: integer("files_changed").notNull(),
    problem: text("problem"),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.userId] }),
    index("portfolio_results_user").on(table.userId, table.runId),
    index("portfolio_results_created").on(table.createdAt),
    check("portfolio_results_state", oneOf("state", RESULT_STATES)),
  ],
);

/** Texts of files by their hash: the market's pair is stored once, however many users have it. */
export const portfolioContents = sqliteTable("portfolio_contents", {
  /** Of the text. */
  sha256: text("sha256").primaryKey(),
  /** The text, compressed with Zstandard: a tenth of what thousands of users would fill. */
  content: blob("content", { mode: "buffer" }).notNull(),
});

/** The four files of a user, replaced together: all rows of one user carry the same revision. */
export const portfolioFiles = sqliteTable(
  "portfolio_files",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.userId, { onDelete: "cascade" }),
    name: text("name", { enum: FILE_NAMES }).notNull(),
    sha256: text("sha256")
      .notNull()
      .references(() => portfolioContents.sha256),
    /** UTF-8. */
    bytes: integer("bytes").notNull(),
    /** Counts the sets of this user; grows when any of the four changed. */
    revision: integer("revision").notNull(),
    runId: integer("run_id").notNull(),
    /** Moment of the analysis that the files speak of. */
    analysedAt: instant("analysed_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.name] }),
    index("portfolio_files_content").on(table.sha256),
    check("portfolio_files_name", oneOf("name", FILE_NAMES)),
  ],
);

/** High-priority signals in a user's portfolio, each told once. */
export const portfolioAlerts = sqliteTable(
  "portfolio_alerts",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.userId, { onDelete: "cascade" }),
    symbol: text("symbol").notNull(),
    type: text("type").notNull(),
    barDate: calendarDate("bar_date").notNull(),
    priority: text("priority", { enum: SIGNAL_PRIORITIES }).notNull(),
    description: text("description").notNull(),
    recommendation: text("recommendation").notNull(),
    price: real("price").notNull(),
    runId: integer("run_id").notNull(),
    createdAt: instant("created_at").notNull(),
    deliveredAt: instant("delivered_at"),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.symbol, table.type, table.barDate] }),
    index("portfolio_alerts_bar_date").on(table.barDate),
    index("portfolio_alerts_undelivered").on(table.barDate).where(sql`"delivered_at" is null`),
    check("portfolio_alerts_priority", oneOf("priority", SIGNAL_PRIORITIES)),
  ],
);
