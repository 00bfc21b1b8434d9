import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listBackups } from "../../src/db/backup/backup-files.ts";
import type { BackupHome } from "../../src/db/backup/backup-home.ts";
import { createBackup } from "../../src/db/backup/create-backup.ts";
import { manifestPath } from "../../src/db/backup/manifest.ts";
import { verifyBackup } from "../../src/db/backup/verify-backup.ts";
import { backupJobs } from "../../src/house/backup-jobs.ts";
import { judgeBackups } from "../../src/house/backup-rules.ts";
import type { AlertBook } from "../../src/jobs/alerts.ts";
import { createSystemClock } from "../../src/kit/clock.ts";
import { days, hours, minutes } from "../../src/kit/duration.ts";
import { ensureHouseTenant } from "../../src/server/identity/index.ts";
import { createFakeClock } from "../support/clock.ts";
import { openTestDatabase } from "../support/database.ts";
import { openTestHouse } from "../support/house.ts";

/** A book that holds the rules that fire, with their messages. */
function openBook(): AlertBook & { firing: Map<string, string> } {
  const firing = new Map<string, string>();
  return {
    firing,
    raise: async ({ rule, message }) => void firing.set(rule, message),
    clear: async (rule) => void firing.delete(rule),
  };
}

describe("the jobs of backups", () => {
  test("one copies the store of the running house and prunes, the other verifies; both show in the figures", async () => {
    await using house = await openTestHouse({ analyzed: false });
    const created = await house.runJob("backup_create");
    expect(created).toMatchObject({ outcome: "ok", log_data: { pruned: [] } });
    const file = String(created.log_data?.file);
    expect(file).toMatch(/^vigia_development_local_20240308T23\d{4}Z\.db$/);
    const verified = await house.runJob("backup_verify");
    expect(verified).toMatchObject({ outcome: "ok", log_data: { file, problem: null } });
    const metrics = (await (await house.asOperator("/metrics")).text()).split("\n");
    const at = house.fake.now().getTime() / 1_000;
    expect(metrics).toContain(`backup_last_success_timestamp{target="local"} ${at}`);
    expect(metrics).toContain(`backup_last_verify_timestamp{target="local"} ${at}`);
  });

  test("a copy that cannot be relied on fails the verification with the reason", async () => {
    await using house = await openTestHouse({ analyzed: false });
    const { log_data } = await house.runJob("backup_create");
    truncateSync(join(house.settings.vigiaDataDir, "backups", String(log_data?.file)), 9_000);
    const verified = await house.runJob("backup_verify");
    expect(verified.outcome).toBe("failed");
    expect(verified.log_data?.problem).toMatch(/cannot be read as a database/);
  });

  test("nothing to verify is a failure, not a success", async () => {
    await using house = await openTestHouse({ analyzed: false });
    const verified = await house.runJob("backup_verify");
    expect(verified).toMatchObject({
      outcome: "failed",
      log_data: { error: expect.stringContaining("no backup yet") },
    });
  });

  test("they are due as written, and disabled for a store on a server", () => {
    const home = { dataDir: "/nowhere", environment: "development", clock: createSystemClock() };
    const own = backupJobs({ ...home, databasePath: "/nowhere/vigia.db" });
    expect(own.map(({ name, schedule, catchUp, enabled }) => [name, schedule, catchUp, enabled])).toEqual([
      ["backup_create", { cron: "0 4 * * *", timezone: "UTC" }, { mode: "latest", windowMs: hours(24) }, true],
      ["backup_verify", { cron: "0 5 * * 0", timezone: "UTC" }, { mode: "latest", windowMs: days(7) }, true],
    ]);
    for (const job of backupJobs({ ...home, databasePath: undefined })) {
      expect(job.enabled).toBeFalse();
      expect(job.about).toContain("keeps its own backups");
    }
  });
});

describe("the alerts of backups", () => {
  async function openJudged() {
    const store = await openTestDatabase();
    const clock = createFakeClock();
    await ensureHouseTenant(store.db, { clock, timezone: "UTC" });
    const home: BackupHome = { dataDir: store.dir, databasePath: store.db.path, environment: "development", clock };
    const book = openBook();
    const judge = async () => {
      await judgeBackups({ db: store.db, home, clock, book });
      return [...book.firing.keys()].sort();
    };
    return { clock, home, book, judge, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
  }

  test("backup.age fires when the newest is older than 25 h, never in the first day, and ends with a new one", async () => {
    await using judged = await openJudged();
    expect(await judged.judge()).toEqual([]);
    await judged.clock.advance(hours(25));
    expect(await judged.judge()).toEqual([]);
    await judged.clock.advance(1);
    expect(await judged.judge()).toEqual(["backup.age"]);
    expect(judged.book.firing.get("backup.age")).toContain("There is no backup");
    await createBackup(judged.home);
    expect(await judged.judge()).toEqual([]);
    await judged.clock.advance(hours(25) + 1);
    expect(await judged.judge()).toEqual(["backup.age"]);
    expect(judged.book.firing.get("backup.age")).toContain("2026-03-03T13:00:00.001Z");
  });

  test("backup.unverified fires when nothing was verified for 8 days", async () => {
    await using judged = await openJudged();
    await judged.clock.advance(days(8) + 1);
    const { file } = await createBackup(judged.home);
    expect(await judged.judge()).toEqual(["backup.unverified"]);
    await verifyBackup(judged.home, "latest");
    expect(await judged.judge()).toEqual([]);
    truncateSync(file, 100);
    expect(await judged.judge()).toEqual(["backup.age", "backup.unverified"]);
  });

  test("backup.age fires when all there is are copies of what restores replaced", async () => {
    await using judged = await openJudged();
    await judged.clock.advance(days(2));
    const { file } = await createBackup(judged.home);
    const manifest = JSON.parse(readFileSync(manifestPath(file), "utf8"));
    writeFileSync(manifestPath(file), JSON.stringify({ ...manifest, safety_copy: true }));
    expect(await judged.judge()).toEqual(["backup.age"]);
  });

  test("a store that says it was made in the future has no time left for its first backup", async () => {
    await using judged = await openJudged();
    judged.clock.jump(-days(1));
    expect(await judged.judge()).toEqual(["backup.age", "backup.unverified"]);
    await createBackup(judged.home);
    expect(await judged.judge()).toEqual(["backup.unverified"]);
  });

  test("with VIGIA_NOW years ahead, copies have the machine's date, and none is pruned or missed for that", async () => {
    await using house = await openTestHouse({ settings: { VIGIA_NOW: "2031-01-01T00:00:00Z" }, analyzed: false });
    const before = Date.now();
    const first = await house.runJob("backup_create");
    const second = await house.runJob("backup_create");
    expect([first.log_data?.pruned, second.log_data?.pruned]).toEqual([[], []]);
    const listed = await listBackups({ dataDir: house.settings.vigiaDataDir, clock: createSystemClock() });
    expect(listed.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    for (const { createdAt } of listed) expect(Math.abs(createdAt.getTime() - before)).toBeLessThan(minutes(5));
  });

  test("a directory that cannot be read counts as no backup and breaks nothing", async () => {
    await using judged = await openJudged();
    writeFileSync(join(judged.home.dataDir, "backups"), "");
    await judged.clock.advance(days(9));
    expect(await judged.judge()).toEqual(["backup.age", "backup.unverified"]);
  });

  test("a store on a server has neither", async () => {
    await using judged = await openJudged();
    await using store = await openTestDatabase();
    await judged.clock.advance(days(30));
    const home = { ...judged.home, databasePath: undefined };
    await judgeBackups({ db: store.db, home, clock: judged.clock, book: judged.book });
    expect(judged.book.firing.size).toBe(0);
    expect(readdirSync(judged.home.dataDir)).not.toContain("backups");
  });
});
