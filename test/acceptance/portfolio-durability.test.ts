import { expect, setDefaultTimeout, test } from "bun:test";
import { dirname, join } from "node:path";
import { type Database, openDatabase } from "../../src/db/index.ts";
import { addDays, type IsoDate, weekdayOf } from "../../src/kit/dates.ts";
import { sha256Hex } from "../../src/kit/hash.ts";
import { seededRandom } from "../../src/kit/random.ts";
import { unpackText } from "../../src/systems/portfolio/store/file-sets.ts";
import { type BootedProcess, boot, runToEnd, temporaryDataDir } from "../support/boot.ts";
import { openCrashCopy } from "../support/crash-copy.ts";
import { soakTimes } from "../support/soak.ts";

setDefaultTimeout(3_600_000);

const KILLS = soakTimes(3, 40);
const USERS = soakTimes(150, 300);
const SYMBOLS = ["AAPL", "MSFT", "YPF", "GGAL", "PAM", "SPY", "BTC-USD", "ETH-USD", "NVDA", "KO", "XOM", "JPM"];
/** A few kills fall on one evening, so that a retry is killed too. */
const KILLS_AN_EVENING = 2;
const FINISHED = /"event":"run\.finished"[^\n]*portfolio_cycle[^\n]*"outcome":"ok"/;

interface Stored {
  /** Revision of each user's set. */
  revisions: Map<string, number>;
  analysedAt: Set<string>;
  running: number[];
  interrupted: Set<number>;
}

test(`kill -9 at ${KILLS} random moments of a cycle: no user ever has files of two analyses`, async () => {
  using data = temporaryDataDir();
  const random = seededRandom(20_240_311);
  let evening = 0;
  const start = (): BootedProcess =>
    boot({
      dataDir: data.path,
      environment: { MAX_WORKERS: "4", RECOMMENDATION_TICKERS: "YPF", VIGIA_NOW: eveningOf(evening) },
    });
  await importUsers(data.path);

  // Killed while it stores the first prices, nobody has files yet, or all four.
  for (const waitMs of [100, 700]) {
    const child = start();
    await child.waitForOutput(/"event":"run\.started"[^\n]*portfolio_cycle/);
    await Bun.sleep(waitMs);
    child.kill("SIGKILL");
    await child.exited;
    await inspect(data.path, new Map());
  }
  evening++;
  await complete(start());
  let before = await inspect(data.path, new Map());
  expect(before.revisions.size).toBe(USERS + 3);
  evening++;
  const usual = start();
  await usual.waitForOutput(/"event":"run\.started"[^\n]*portfolio_cycle/);
  const beganAt = performance.now();
  await complete(usual);
  const cycleMs = performance.now() - beganAt;
  before = await inspect(data.path, before.revisions);

  let halfway = 0;
  const found = new Set<number>();
  // Most kills must hit a cycle, and some of them its users, else this shows nothing: on a machine of any speed it goes on
  // until enough of them did.
  const enough = () => found.size >= KILLS / 2 && halfway > 0;
  for (let kill = 0; kill < KILLS || (!enough() && kill < KILLS * 10); kill++) {
    const isFirst = kill % KILLS_AN_EVENING === 0;
    if (isFirst) evening++;
    const child = start();
    await child.waitForOutput(/"event":"run\.started"[^\n]*portfolio_cycle/);
    // Users take the last part of a cycle: half of the kills wait for the first of them.
    if (isFirst) await firstFilesOf(data.path, eveningOf(evening));
    await Bun.sleep(cycleMs * random() * (isFirst ? 0.1 : 1));
    child.kill("SIGKILL");
    await child.exited;
    const stored = await inspect(data.path, before.revisions);
    for (const id of found) expect(stored.interrupted.has(id)).toBe(true);
    for (const id of stored.running) found.add(id);
    if (stored.analysedAt.size > 1) halfway++;
    before = stored;
  }
  expect(enough()).toBe(true);

  // The next start completes the evening's cycle without being told to.
  await complete(start());
  const last = await inspect(data.path, before.revisions);
  expect(last.running).toEqual([]);
  expect(last.revisions.size).toBe(USERS + 3);
  for (const at of last.analysedAt) expect(at.slice(0, 10)).toBe(eveningOf(evening).slice(0, 10));
});

/** Weekday evenings, after the slot that follows New York's close. */
function eveningOf(count: number): string {
  let date: IsoDate = "2024-03-11";
  for (let passed = 0; passed < count; passed++) {
    date = addDays(date, 1);
    while (weekdayOf(date) % 6 === 0) date = addDays(date, 1);
  }
  return `${date}T22:00:00Z`;
}

/** Resolves when somebody has files of that evening. */
async function firstFilesOf(dataDir: string, now: string): Promise<void> {
  const path = join(dataDir, "vigia.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  try {
    for (let tries = 0; tries < 3_000; tries++) {
      const args = [`${now.slice(0, 10)}%`];
      const { rows } = await db.client.execute({
        sql: "select 1 from portfolio_files where analysed_at like ? limit 1",
        args,
      });
      if (rows.length > 0) return;
      await Bun.sleep(10);
    }
    throw new Error(`nobody has files of ${now}`);
  } finally {
    db.close();
  }
}

async function complete(child: BootedProcess): Promise<void> {
  await child.waitForOutput(FINISHED);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
}

async function importUsers(dataDir: string): Promise<void> {
  const lines = ["user_id,portfolio,symbol,quantity,price"];
  for (let user = 1; user <= USERS; user++)
    for (let place = 0; place < 4; place++) {
      const symbol = SYMBOLS[(user * 5 + place * 3) % SYMBOLS.length];
      lines.push(`${String(user).padStart(8, "0")}-0000-4000-8000-000000000000,Principal,${symbol},${place + 1},10`);
    }
  const path = join(dirname(dataDir), "users.csv");
  await Bun.write(path, `${lines.join("\n")}\n`);
  const environment = { VIGIA_NOW: eveningOf(0) };
  const imported = await runToEnd({
    dataDir,
    environment,
    script: "src/cli/index.ts",
    args: ["portfolio", "import", path],
  });
  expect([imported.code, imported.output]).toEqual([0, expect.stringContaining(`new: ${USERS}`)]);
}

/** What a later reader finds: whole sets, true hashes, no text without an owner, no revision that went back. */
async function inspect(dataDir: string, before: ReadonlyMap<string, number>): Promise<Stored> {
  await using copy = await openCrashCopy(dataDir);
  const { db } = copy;
  const rows = async (sql: string) => (await db.client.execute(sql)).rows;
  expect(String((await rows("PRAGMA integrity_check"))[0]?.[0])).toBe("ok");
  expect(await rows("PRAGMA foreign_key_check")).toHaveLength(0);
  const { revisions, analysedAt } = await inspectSets(db);
  for (const [user, revision] of before) expect(revisions.get(user) ?? 0).toBeGreaterThanOrEqual(revision);
  expect(await rows("select sha256 from portfolio_contents except select sha256 from portfolio_files")).toHaveLength(0);
  // Files and the result that tells of them are stored together.
  expect(
    await rows(
      `select 1 from portfolio_files f where not exists (
         select 1 from portfolio_results r where r.run_id = f.run_id and r.user_id = f.user_id and r.files_changed > 0)`,
    ),
  ).toHaveLength(0);
  const runs = await rows("select id, status, outcome from job_runs where job_name = 'portfolio_cycle'");
  const running = runs.filter(({ status }) => status === "running").map(({ id }) => Number(id));
  expect(running.length).toBeLessThanOrEqual(1);
  const interrupted = new Set(runs.filter(({ outcome }) => outcome === "interrupted").map(({ id }) => Number(id)));
  return { revisions, analysedAt, running, interrupted };
}

async function inspectSets({ client }: Database) {
  const { rows } = await client.execute(
    `select f.user_id, f.name, f.sha256, f.bytes, f.revision, f.run_id, f.analysed_at, c.content
     from portfolio_files f left join portfolio_contents c on c.sha256 = f.sha256 order by f.user_id`,
  );
  const sets = new Map<string, { size: number; facts: Set<string>; revision: number }>();
  const analysedAt = new Set<string>();
  const texts = new Map<string, string>();
  for (const row of rows) {
    const hash = String(row.sha256);
    const text = texts.get(hash) ?? unpackText(new Uint8Array(row.content as ArrayBuffer));
    if (!texts.has(hash)) expect([sha256Hex(text), Buffer.byteLength(text)]).toEqual([hash, Number(row.bytes)]);
    texts.set(hash, text);
    // Each text says of which analysis it is.
    if (String(row.name).endsWith(".json")) expect(JSON.parse(text).metadata.timestamp).toBe(row.analysed_at);
    const user = String(row.user_id);
    const set = sets.get(user) ?? { size: 0, facts: new Set(), revision: Number(row.revision) };
    set.size++;
    set.facts.add([row.revision, row.run_id, row.analysed_at].join(" "));
    sets.set(user, set);
    analysedAt.add(String(row.analysed_at));
  }
  for (const [user, { size, facts }] of sets) expect([user, size, facts.size]).toEqual([user, 4, 1]);
  return { revisions: new Map([...sets].map(([user, { revision }]) => [user, revision])), analysedAt };
}
