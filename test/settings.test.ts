import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "../src/environment.ts";
import { loadSettings, SettingsError, UNUSED_VARIABLES, VARIABLES } from "../src/settings.ts";

const faultsOf = (environment: Record<string, string>): string[] => {
  try {
    loadSettings(environment);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof SettingsError)) throw thrown;
    return thrown.faults.map((fault) => fault.variable).sort();
  }
};

describe("settings", () => {
  test("start with no configuration at all", () => {
    const { settings, warnings, unused } = loadSettings({});
    expect(settings.port).toBe(8000);
    expect(settings.marketData).toBe("sample");
    expect(settings.dailyAnalysisTimezone).toBe("America/Argentina/Buenos_Aires");
    expect([warnings, unused]).toEqual([[], []]);
  });

  test("every fault is reported at once, by name", () => {
    expect(
      faultsOf({
        PORT: "no",
        MARKET_DATA: "ftp",
        LOG_LEVEL: "loud",
        VIGIA_NOW: "yesterday",
        DATABASE_URL: "mysql://x",
      }),
    ).toEqual(["DATABASE_URL", "LOG_LEVEL", "MARKET_DATA", "PORT", "VIGIA_NOW"]);
  });

  test.each([
    ["PORT", "65536"],
    ["PORT", "80.5"],
    ["SCORE_THRESHOLDS", '{"buy":40,"hold":70,"sell":0}'],
    ["SCORE_THRESHOLDS", "high"],
    ["RECOMMENDATION_TICKERS", "YPF,ba d"],
    ["DAILY_ANALYSIS_CRON", "0 6 * *"],
    ["DAILY_ANALYSIS_CRON", "61 6 * * *"],
    ["DAILY_ANALYSIS_TIMEZONE", "Buenos Aires"],
    ["FMP_BASE_URL", "ftp://x"],
    ["RUN_ONCE", "daily analysis"],
    ["SECRET_KEY", "a".repeat(64)],
    ["VIGIA_ADMIN_TOKEN", "short"],
    ["METRICS_TOKEN", "short"],
    ["SCHEDULER_ENABLED", "perhaps"],
  ])("%s=%s is refused", (name, value) => {
    expect(faultsOf({ [name]: value })).toEqual([name]);
  });

  test("SUPABASE_URL may be without https on this machine, and anywhere in development", () => {
    const faults = (ENVIRONMENT: string, SUPABASE_URL: string) =>
      faultsOf({ ENVIRONMENT, SUPABASE_URL, SECRET_KEY: "0f1e2d3c4b5a6978".repeat(4) });
    for (const good of [
      "https://x.supabase.co",
      "https://auth.example.com",
      "http://127.0.0.1:54321",
      "http://localhost",
    ])
      expect(faults("production", good)).toEqual([]);
    for (const bad of ["http://x.supabase.co", "http://localhost.example.com", "http://127.0.0.1@evil.example"])
      expect(faults("production", bad)).toEqual(["SUPABASE_URL"]);
    expect(faults("development", "http://kong:8000")).toEqual([]);
  });

  test("SUPABASE_JWT_SECRET alone says that it has no effect", () => {
    const warningsOf = (more: Record<string, string>) =>
      loadSettings({ SUPABASE_JWT_SECRET: "x".repeat(40), ...more }).warnings;
    expect(warningsOf({})).toEqual([expect.stringContaining("SUPABASE_URL")]);
    expect(warningsOf({ SUPABASE_URL: "https://x.supabase.co" })).toEqual([]);
  });

  test("the name of an old sentiment model is read as lexicon, with a warning", () => {
    const warningsOf = (name?: string) => loadSettings(name ? { SENTIMENT_MODEL: name } : {}).warnings;
    expect(warningsOf()).toEqual([]);
    expect(warningsOf("lexicon")).toEqual([]);
    expect(warningsOf("finiteautomata/beto-sentiment-analysis")).toEqual([
      "SENTIMENT_MODEL names a model that is not part of Vigía: lexicon is used.",
    ]);
  });

  test("weights must add to one", () => {
    expect(faultsOf({ TECHNICAL_WEIGHT: "0.6" })).toEqual(["TECHNICAL_WEIGHT"]);
    expect(faultsOf({ TECHNICAL_WEIGHT: "0.51" })).toEqual([]);
  });

  test("an alias counts when the name is unset, and differing values are a fault", () => {
    expect(loadSettings({ API_PORT: "9000" }).settings.port).toBe(9000);
    expect(loadSettings({ LOCAL_DB_PATH: "/tmp/x.db" }).settings.databaseUrl).toBe("file:/tmp/x.db");
    expect(faultsOf({ PORT: "1", API_PORT: "2" })).toEqual(["PORT"]);
    expect(faultsOf({ PORT: "1", API_PORT: "1" })).toEqual([]);
  });

  test("a Postgres DATABASE_URL is taken as POSTGRES_URL with a warning", () => {
    const { settings, warnings } = loadSettings({ DATABASE_URL: "postgresql://u:p@h/db" });
    expect(settings.databaseUrl).toBeUndefined();
    expect(settings.postgresUrl).toBe("postgresql://u:p@h/db");
    expect(warnings.join()).not.toContain("u:p");
    expect(warnings).toHaveLength(1);
  });

  test("no secret value is ever part of a fault", () => {
    const secrets = Object.entries(VARIABLES).filter(([, variable]) => "secret" in variable);
    for (const [name] of secrets) {
      try {
        loadSettings({ [name]: "c4nary", DATABASE_URL: "mysql://c4nary" });
      } catch (thrown) {
        const own = (thrown as SettingsError).faults.filter((fault) => fault.variable === name);
        expect(JSON.stringify(own)).not.toContain("c4nary");
      }
    }
    expect(secrets.length).toBeGreaterThan(5);
  });

  test("an address that is refused is not repeated, because it may carry a password or a key", () => {
    for (const address of [
      "mysql://user:c4nary@host/db",
      "mysql://user:c4/na@ry@host/db",
      "mysql://host/db?key=c4nary",
    ]) {
      expect(() => loadSettings({ DATABASE_URL: address })).toThrow(/DATABASE_URL: value is not a file:/);
    }
  });

  test("a libsql: address with a token in it is refused, because addresses are shown", () => {
    for (const address of ["libsql://user:c4nary@host", "libsql://host?authToken=c4nary"]) {
      const load = () => loadSettings({ DATABASE_URL: address, DATABASE_AUTH_TOKEN: "c4nary2" });
      expect(load).toThrow(/DATABASE_URL: value holds a token, which belongs into DATABASE_AUTH_TOKEN/);
    }
  });

  test.each(["1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "+275760-09-13T00:00:00Z"])(
    "VIGIA_NOW=%s is refused: no schedule and no stored date reaches there",
    (value) => expect(faultsOf({ VIGIA_NOW: value })).toEqual(["VIGIA_NOW"]),
  );

  test("defect a-28: unknown variables are ignored, old ones without a use are named with the reason", () => {
    const { unused } = loadSettings({ BCRA_BASE_URL: "x", ADMINER_PORT: "1", WHATEVER: "1" });
    expect(unused.map((entry) => entry.name).sort()).toEqual(["ADMINER_PORT", "BCRA_BASE_URL"]);
    expect(Object.values(UNUSED_VARIABLES).every((reason) => reason.length > 0)).toBe(true);
  });

  test("secrets are demanded outside development", () => {
    expect(faultsOf({ ENVIRONMENT: "production" })).toEqual(["SECRET_KEY"]);
    expect(faultsOf({ ENVIRONMENT: "production", DEBUG: "true" })).toEqual(["DEBUG", "SECRET_KEY"]);
  });

  test("an env file that cannot be read is a fault like any other", () => {
    const directory = mkdtempSync(join(tmpdir(), "vigia-env-"));
    expect(() => readSettings({}, directory)).toThrow(SettingsError);
    expect(() => readSettings({}, directory)).toThrow(`${directory}: cannot be read`);
  });

  test("the process environment wins over the env file, and the file's faults join the others", () => {
    const path = join(mkdtempSync(join(tmpdir(), "vigia-env-")), "env");
    writeFileSync(path, "PORT=7000\nMARKET_DATA=csv\nMARKET_DATA_DIR=x\n");
    expect(readSettings({ PORT: "7001" }, path).settings.port).toBe(7001);
    expect(readSettings({}, path).settings.port).toBe(7000);
    writeFileSync(path, "PORT=bad\nnonsense\n");
    expect(() => readSettings({}, path)).toThrow(/line 2[\s\S]*PORT|PORT[\s\S]*line 2/);
  });
});
