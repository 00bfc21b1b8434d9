import { describe, expect, test } from "bun:test";
import { loadSettings, mirrorTarget, SettingsError } from "../src/settings.ts";

const PROJECT = "https://abcdefghijklmnopqrst.supabase.co";
const KEY = `sb_secret_${"k".repeat(31)}`;
const JWT = [`eyJ${"h".repeat(30)}`, `eyJ${"c".repeat(60)}`, "s".repeat(43)].join(".");

/** What the operator is told; empty when the settings are taken. */
function refusal(environment: Record<string, string>): string {
  try {
    loadSettings(environment);
    return "";
  } catch (thrown) {
    if (!(thrown instanceof SettingsError)) throw thrown;
    return thrown.message;
  }
}

const targetOf = (environment: Record<string, string>) => mirrorTarget(loadSettings(environment).settings);

describe("the mirror is on", () => {
  test.each(["SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_ROLE", "SUPABASE_KEY"])(
    "with an address and %s",
    (name) => {
      for (const key of [KEY, JWT])
        expect(targetOf({ SUPABASE_URL: `${PROJECT}/`, [name]: key })).toEqual({ url: PROJECT, key });
    },
  );

  test("on this machine without https, and behind a path", () => {
    for (const url of ["http://127.0.0.1:54321", "http://localhost:8000", "https://example.com/supabase"])
      expect(targetOf({ SUPABASE_URL: url, SUPABASE_KEY: KEY })?.url).toBe(url);
  });

  test.each(["auto", "true", "TRUE", "1", "yes"])("with USE_SUPABASE=%s", (value) => {
    expect(targetOf({ SUPABASE_URL: PROJECT, SUPABASE_KEY: KEY, USE_SUPABASE: value })).toBeDefined();
  });
});

describe("the mirror is off", () => {
  test.each([
    {},
    { SUPABASE_URL: PROJECT },
    { SUPABASE_SERVICE_ROLE_KEY: KEY },
    { SUPABASE_URL: PROJECT, SUPABASE_KEY: KEY, USE_SUPABASE: "false" },
  ])("with %p", (environment: Record<string, string>) => {
    expect(targetOf(environment)).toBeUndefined();
  });

  test("and a key without an address says so", () => {
    expect(loadSettings({ SUPABASE_KEY: KEY }).warnings.join()).toContain("without SUPABASE_URL");
  });
});

describe("is refused, by name and with a remedy", () => {
  test.each([
    ["a path of a service", { SUPABASE_URL: `${PROJECT}/rest/v1` }, "SUPABASE_URL"],
    ["a query", { SUPABASE_URL: `${PROJECT}/?apikey=abc` }, "SUPABASE_URL"],
    ["a name in the address", { SUPABASE_URL: "https://canary@example.com" }, "SUPABASE_URL"],
    ["a password in the address", { SUPABASE_URL: "https://:canary-canary@example.com" }, "SUPABASE_URL"],
    ["address and key the wrong way round", { SUPABASE_URL: KEY, SUPABASE_KEY: PROJECT }, "SUPABASE_URL"],
    ["a key as address", { SUPABASE_URL: JWT }, "SUPABASE_URL"],
    ["an address as key", { SUPABASE_KEY: PROJECT }, "SUPABASE_SERVICE_ROLE_KEY"],
    ["a publishable key", { SUPABASE_KEY: `sb_publishable_${"k".repeat(31)}` }, "SUPABASE_SERVICE_ROLE_KEY"],
    ["a key with a line break", { SUPABASE_KEY: `${KEY}\n${KEY}` }, "SUPABASE_SERVICE_ROLE_KEY"],
    ["a key with its scheme", { SUPABASE_KEY: `Bearer ${KEY}` }, "SUPABASE_SERVICE_ROLE_KEY"],
    ["two keys", { SUPABASE_KEY: KEY, SUPABASE_SERVICE_ROLE: JWT }, "SUPABASE_SERVICE_ROLE_KEY"],
    ["plain http to another machine", { SUPABASE_URL: "http://example.com", SUPABASE_KEY: KEY }, "SUPABASE_URL"],
    ["a demand without an address", { USE_SUPABASE: "true", SUPABASE_KEY: KEY }, "SUPABASE_URL"],
    ["a demand without a key", { USE_SUPABASE: "true", SUPABASE_URL: PROJECT }, "SUPABASE_SERVICE_ROLE_KEY"],
    ["a prefix that climbs", { SUPABASE_BASE_PREFIX: "a/../b" }, "SUPABASE_BASE_PREFIX"],
    ["a prefix with accents", { SUPABASE_BASE_PREFIX: "años" }, "SUPABASE_BASE_PREFIX"],
    ["a schema with quotes", { SUPABASE_SCHEMA: 'a"b' }, "SUPABASE_SCHEMA"],
    ["a batch of nothing", { MIRROR_BATCH_ROWS: "0" }, "MIRROR_BATCH_ROWS"],
    ["another database", { POSTGRES_URL: "mysql://u:canary-canary@h/x" }, "POSTGRES_URL"],
    ["two Postgres addresses", { POSTGRES_URL: "postgres://h/one", DATABASE_URL: "postgres://h/two" }, "POSTGRES_URL"],
  ])("%s", (_, environment: Record<string, string>, variable) => {
    const said = refusal(environment);
    expect(said).toContain(`${variable}:`);
    for (const secret of [KEY, JWT, "k".repeat(20), "c".repeat(20), "canary"]) expect(said).not.toContain(secret);
  });
});
