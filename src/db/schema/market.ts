import { check, index, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { calendarDate, instant, json, jsonValid, oneOf } from "../columns.ts";

export const DATA_SOURCES = ["sample", "csv", "yahoo"] as const;
export type DataSource = (typeof DATA_SOURCES)[number];
/** The universes that are scanned as markets of their own. */
export const MARKETS = ["sp500", "crypto30"] as const;
export type MarketName = (typeof MARKETS)[number];

/** One bar: raw prices (split-adjusted as the source gives them) and the close adjusted for dividends too. */
export const bars = sqliteTable(
  "bars",
  {
    symbol: text("symbol").notNull(),
    interval: text("interval", { enum: ["1d", "1wk"] }).notNull(),
    date: calendarDate("date").notNull(),
    open: real("open").notNull(),
    high: real("high").notNull(),
    low: real("low").notNull(),
    close: real("close").notNull(),
    adjClose: real("adj_close").notNull(),
    volume: real("volume").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.symbol, table.interval, table.date] }),
    check("bars_interval", oneOf("interval", ["1d", "1wk"])),
  ],
);

/** What is known of a symbol apart from its bars. Bars of two sources are never mixed: a change of source re-reads all. */
export const instruments = sqliteTable(
  "instruments",
  {
    symbol: text("symbol").primaryKey(),
    name: text("name"),
    /** `equity`, `crypto`, `index`, `currency`, … as the source says. */
    kind: text("kind"),
    currency: text("currency"),
    exchange: text("exchange"),
    timezone: text("timezone"),
    source: text("source", { enum: DATA_SOURCES }).notNull(),
    firstBar: calendarDate("first_bar"),
    lastBar: calendarDate("last_bar"),
    state: text("state", { enum: ["active", "unknown", "error"] })
      .notNull()
      .default("active"),
    /** Last fault of this symbol, in words for people. */
    problem: text("problem"),
    checkedAt: instant("checked_at").notNull(),
  },
  () => [
    check("instruments_source", oneOf("source", DATA_SOURCES)),
    check("instruments_state", oneOf("state", ["active", "unknown", "error"])),
  ],
);

/** Members of a universe (`sp500`, `crypto30`, …) with the dates between which they belonged to it. */
export const universeMembers = sqliteTable(
  "universe_members",
  {
    universe: text("universe").notNull(),
    symbol: text("symbol").notNull(),
    name: text("name"),
    sector: text("sector"),
    validFrom: calendarDate("valid_from").notNull(),
    validTo: calendarDate("valid_to"),
  },
  (table) => [primaryKey({ columns: [table.universe, table.symbol, table.validFrom] })],
);

/** Last good answers of slow sources, with the date that they speak of: reused as stale within limits, never invented. */
export const sourceSnapshots = sqliteTable(
  "source_snapshots",
  {
    source: text("source").notNull(),
    key: text("key").notNull(),
    asOf: calendarDate("as_of").notNull(),
    fetchedAt: instant("fetched_at").notNull(),
    payload: json<unknown>("payload").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.source, table.key, table.asOf] }),
    index("source_snapshots_latest").on(table.source, table.key, table.fetchedAt),
    check("source_snapshots_payload_json", jsonValid("payload")),
  ],
);
