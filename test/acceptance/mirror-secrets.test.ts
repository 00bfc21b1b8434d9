import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "../../src/house/index.ts";
import { minutes } from "../../src/kit/duration.ts";
import { DIRECTORY_SYNC, MIRROR_CHECK, MIRROR_DRAIN, MIRROR_RECONCILE } from "../../src/mirror/job-names.ts";
import { loadSettings } from "../../src/settings.ts";
import { createHastyClock } from "../mirror/delivery/bench.ts";
import { answer, type Fault, type FaultServer, redirect, startFaultServer } from "../support/faults.ts";
import { openTestHouse, type TestHouse } from "../support/house.ts";

setDefaultTimeout(240_000);

const CLAIMS = Buffer.from('{"iss":"supabase","ref":"canarycanarycanaryca","role":"service_role"}').toString(
  "base64url",
);
const KEYS = {
  "a legacy key": `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${CLAIMS}.kanarienvogelKanarienvogel0123456789_-xyzXYZ`,
  "a new key": `sb_secret_${"kanarienvogelKANARIENV_0a1b2c3d"}`,
};
/** So much of a key in one piece is a leak; the first part of a JWT is the same for all of them. */
const PIECE = 12;

const json = (body: unknown, status: number, headers: Record<string, string> = {}): Fault =>
  answer(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

/** A project, or something that stands in its place, which repeats the key that it was sent wherever it can. */
const answersWith = (key: string, elsewhere: string): Record<string, Fault> => ({
  "an error of the server": json({ code: "XX000", message: `internal: Bearer ${key}`, details: key, hint: key }, 500),
  "a page of a proxy": answer(`<html><h1>Bearer ${key}</h1>apikey: ${key}</html>`, { status: 503 }),
  "a rate limit": json({ message: `too many requests for ${key}` }, 429, { "retry-after": "1", "x-key": key }),
  "a body that is too large": answer(`<html>${key}</html>`, { status: 413 }),
  "a refused key": json({ message: `Invalid API key ${key}`, hint: key }, 401),
  "a table that is not there": json({ code: "PGRST205", message: `no table '${key}'`, details: key, hint: key }, 404),
  "a column that is not there": json(
    { code: "PGRST204", message: `Could not find the '${key}' column of 'tenants' in the schema cache` },
    400,
  ),
  "a code that is the key": json({ code: key, message: key }, 400),
  "an answer of Storage": json({ statusCode: "403", error: "Unauthorized", message: key, code: "AccessDenied" }, 400),
  "an answer of nobody": answer(`{"apikey":"${key}"`, {
    headers: { "content-type": "application/json", "x-key": key },
  }),
  "a count that is the key": json([], 200, { "content-range": `*/${key}`, "preference-applied": key }),
  "a redirect elsewhere": redirect(`${elsewhere}/rest/v1/tenants?apikey=${key}`, 302),
  "a redirect that keeps the method": redirect(`${elsewhere.replace("//", `//user:${key}@`)}/${key}`, 307),
  "a message that is cut within the key": json({ code: "XX000", message: `${"x".repeat(1_970)} ${key}` }, 500),
  "a page that is cut within the key": answer(`${" ".repeat(480)}{${"x".repeat(5)} ${key}`, { status: 502 }),
  // Last: what is refused so is not owed any more.
  "a row that is refused": json({ code: "22P02", message: `bad value: ${key}`, details: key, hint: key }, 400),
  "a row that is refused at length": json({ code: "23514", message: "y".repeat(1_975) + key, details: key }, 400),
});

test.each(Object.entries(KEYS))("%s never leaves for another host and is written down nowhere", async (_, key) => {
  const root = mkdtempSync(join(tmpdir(), "vigia-secrets-"));
  const dataDir = join(root, "data");
  await using project = await startFaultServer();
  await using elsewhere = await startFaultServer();
  const clock = createHastyClock("2024-03-08T23:00:00.000Z");
  const settings = {
    VIGIA_DATA_DIR: dataDir,
    SUPABASE_URL: project.url,
    SUPABASE_SERVICE_ROLE_KEY: key,
    MIRROR_RATE_PER_SECOND: "0",
    RECOMMENDATION_TICKERS: "YPF,GGAL",
    LOG_LEVEL: "debug",
    LOG_FORMAT: "json",
  };
  const lines: string[] = [];
  const log = openLog(loadSettings(settings).settings, clock, (line) => void lines.push(line));
  try {
    await using house = await openTestHouse({ settings, clock, log });
    expect((await house.runJob("portfolio_cycle")).outcome).toBe("ok");
    for (const [what, fault] of Object.entries(answersWith(key, elsewhere.url))) {
      project.otherwise(fault);
      const before = project.requests.length;
      for (const job of [MIRROR_DRAIN, MIRROR_CHECK, MIRROR_RECONCILE, DIRECTORY_SYNC]) {
        await house.runJob(job);
        // The breaker forgets, and what was held is tried again.
        clock.jump(minutes(3));
      }
      expect([what, project.requests.length > before]).toEqual([what, true]);
      for (const [place, text] of await everythingShown(house)) expectClean(key, `${what}: ${place}`, text);
    }
    expect(elsewhere.requests).toEqual([]);
    expectAuthorized(project, key);
    const letters = await house.asOperator("/api/dead-letters?queue=mirror");
    expect(((await letters.json()) as { items: unknown[] }).items.length).toBeGreaterThan(0);
    expectClean(key, "log", lines.join("\n"));
    expect(lines.length).toBeGreaterThan(100);
  } finally {
    for (const name of readdirSync(dataDir))
      if (/\.(db|db-wal|log)$/.test(name)) expectClean(key, name, readFileSync(join(dataDir, name), "latin1"));
    rmSync(root, { recursive: true, force: true });
  }
});

/** All that people and programs can ask the house about its mirror. */
async function everythingShown(house: TestHouse): Promise<[place: string, text: string][]> {
  const paths = [
    "/api/mirror/status",
    "/api/dead-letters?limit=200",
    "/api/dead-letters/stats",
    "/api/alerts",
    "/api/jobs/status",
    "/api/jobs/runs?limit=20",
    "/metrics",
    "/health/ready",
  ];
  const shown: [string, string][] = [];
  for (const path of paths) {
    const answered = await house.asOperator(path);
    expect([path, answered.status < 400 || path === "/health/ready"]).toEqual([path, true]);
    shown.push([path, await answered.text()]);
  }
  const { items } = JSON.parse(shown[1]![1]) as { items: { id: string }[] };
  for (const { id } of items.slice(0, 3))
    shown.push([`letter ${id}`, await (await house.asOperator(`/api/dead-letters/${id}`)).text()]);
  for (const { id } of await house.jobs.runs({ limit: 4 }))
    shown.push([`log of run ${id}`, JSON.stringify(await house.jobs.runLogs(id))]);
  return shown;
}

function expectClean(key: string, place: string, text: string): void {
  const secret = key.startsWith("eyJ") ? key.slice(key.indexOf(".") + 1) : key.slice("sb_secret_".length);
  for (let start = 0; start + PIECE <= secret.length; start++) {
    const at = text.indexOf(secret.slice(start, start + PIECE));
    if (at >= 0) throw new Error(`${place} holds a piece of the key: …${text.slice(Math.max(0, at - 200), at + 60)}…`);
  }
}

/** The key went where it belongs, else this shows nothing. */
function expectAuthorized({ requests }: FaultServer, key: string): void {
  expect(requests.filter(({ headers }) => headers.get("apikey") === key).length).toBeGreaterThan(20);
}
