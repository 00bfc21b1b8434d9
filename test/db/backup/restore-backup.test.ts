import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@libsql/client/sqlite3";
import { isSafetyCopy, listBackups, newestBackup } from "../../../src/db/backup/backup-files.ts";
import { manifestPath } from "../../../src/db/backup/manifest.ts";
import { type RestoreStep, restoreBackup } from "../../../src/db/backup/restore-backup.ts";
import { hours } from "../../../src/kit/duration.ts";
import { type BackupBench, changeFile, openBackupBench, tenantsIn } from "./harness.ts";

const logsPath = ({ home }: BackupBench) => join(home.dataDir, "vigia-logs.db");
const restore = (bench: BackupBench, wanted = "latest", onStep?: (step: RestoreStep) => void) =>
  restoreBackup(bench.home, wanted, { logsPath: logsPath(bench), ...(onStep ? { onStep } : {}) });

/** A backup with two tenants, and a newer store with five. */
async function openRestoreBench(): Promise<BackupBench & { backup: string }> {
  const bench = openBackupBench();
  const backup = await bench.putBackup();
  await bench.put(5);
  await bench.clock.advance(hours(1));
  return { ...bench, backup };
}

const besides = ({ home }: BackupBench) =>
  readdirSync(home.dataDir)
    .filter((name) => name !== "backups")
    .sort();

describe("restoring a backup", () => {
  test("A20: puts it in place, keeps what was there, and copies that first", async () => {
    using bench = await openRestoreBench();
    writeFileSync(logsPath(bench), "lines");
    const steps: RestoreStep[] = [];
    const restored = await restore(bench, "latest", (step) => void steps.push(step));
    expect(steps).toEqual(["verify", "safety_backup", "set_aside", "replace", "open"]);
    expect(await tenantsIn(bench.home.databasePath)).toBe(2);
    expect(statSync(bench.home.databasePath).mode & 0o777).toBe(0o600);
    expect(restored.replaced).toBe(`${bench.home.databasePath}.replaced-20260302T130000Z`);
    expect(await tenantsIn(restored.replaced!)).toBe(5);
    expect(restored.safetyBackup!.manifest!.tables.tenants).toBe(5);
    expect(restored.backup.manifest.verified_at).toBe("2026-03-02T13:00:00.000Z");
    expect(besides(bench)).toEqual([
      "vigia-logs.db.replaced-20260302T130000Z",
      "vigia.db",
      "vigia.db.replaced-20260302T130000Z",
    ]);
  });

  test("a second restore of the latest puts the same back, and not what the first one replaced", async () => {
    using bench = await openRestoreBench();
    const { safetyBackup } = await restore(bench);
    await bench.clock.advance(hours(1));
    // In a process of its own: this one has had the database open.
    expect(await restoreInOwnProcess(bench)).toBe(0);
    expect(await tenantsIn(bench.home.databasePath)).toBe(2);
    const listed = await listBackups(bench.home);
    expect(listed.map((backup) => [backup.name === safetyBackup!.name, isSafetyCopy(backup)])).toEqual([
      [false, true],
      [true, true],
      [false, false],
    ]);
  });

  test("the copy of what it replaced comes back by its name alone", async () => {
    using bench = await openRestoreBench();
    const { safetyBackup } = await restore(bench);
    expect(await newestBackup(bench.home)).toMatchObject({ file: bench.backup });
    rmSync(bench.backup);
    await expect(restore(bench)).rejects.toMatchObject({ code: "backup_missing" });
    using fresh = openBackupBench();
    await restore(fresh, safetyBackup!.file);
    expect(await tenantsIn(fresh.home.databasePath)).toBe(5);
  });

  test("from a place where nobody can write: the result cannot be noted there, and that is said", async () => {
    using bench = await openRestoreBench();
    const copy = join(bench.home.dataDir, "elsewhere", "copy.db");
    mkdirSync(join(bench.home.dataDir, "elsewhere", "copy.json.tmp"), { recursive: true });
    copyFileSync(bench.backup, copy);
    copyFileSync(manifestPath(bench.backup), manifestPath(copy));
    const { backup } = await restore(bench, copy);
    expect(backup.unnoted).toStartWith(`${manifestPath(copy)} cannot be written (`);
    expect(await tenantsIn(bench.home.databasePath)).toBe(2);
  });

  test("what was delivered to Supabase since counts for nothing: everything will be owed again", async () => {
    using bench = openBackupBench();
    await bench.put(2, (client) =>
      client.execute(
        "insert into mirror_streams (stream, destination) values ('tenants', 'https://project.example public')",
      ),
    );
    await bench.create();
    await restore(bench);
    const client = createClient({ url: `file:${bench.home.databasePath}` });
    const { rows } = await client.execute("select stream, destination from mirror_streams");
    client.close();
    expect(rows.map(({ stream, destination }) => [stream, destination])).toEqual([["tenants", null]]);
  });

  test("makes a database where there is none", async () => {
    using bench = openBackupBench();
    using fresh = openBackupBench();
    expect(await restore(fresh, await bench.putBackup())).toMatchObject({
      safetyBackup: undefined,
      replaced: undefined,
    });
    expect(await tenantsIn(fresh.home.databasePath)).toBe(2);
  });

  test("replaces a database that is too damaged to be copied, and keeps it with its write-ahead log", async () => {
    using bench = await openRestoreBench();
    const { databasePath } = bench.home;
    writeFileSync(databasePath, "no database ".repeat(1_000));
    writeFileSync(`${databasePath}-wal`, "log");
    const { replaced, safetyBackup } = await restore(bench);
    expect(safetyBackup).toBeUndefined();
    expect(await tenantsIn(databasePath)).toBe(2);
    expect(readFileSync(replaced!, "utf8")).toStartWith("no database no");
    expect(readFileSync(`${replaced}-wal`, "utf8")).toBe("log");
    expect(existsSync(`${databasePath}-wal`)).toBeFalse();
  });

  test("removes what a killed restore left, also the second name of the database that is still in use", async () => {
    using bench = await openRestoreBench();
    const { databasePath } = bench.home;
    writeFileSync(`${databasePath}.restoring`, "half a copy");
    linkSync(databasePath, `${databasePath}.replaced-20260101T000000Z`);
    copyFileSync(databasePath, `${databasePath}.replaced-20260102T000000Z`);
    await restore(bench);
    expect(besides(bench)).toEqual([
      "vigia.db",
      "vigia.db.replaced-20260102T000000Z",
      "vigia.db.replaced-20260302T130000Z",
    ]);
  });
});

describe("a restore that is refused leaves the database as it is", () => {
  const REFUSED: [string, (file: string) => void | Promise<void>, RegExp][] = [
    ["a backup that is cut", (file) => truncateSync(file, 50_000), /cannot be read as a database/],
    [
      "a backup of a newer schema",
      (file) => changeFile(file, "insert into __drizzle_migrations (hash, created_at) values ('x', 9999999999999)"),
      /schema is newer than this version/,
    ],
  ];
  for (const [what, damage, message] of REFUSED)
    test(what, async () => {
      using bench = await openRestoreBench();
      await damage(bench.backup);
      await expect(restore(bench)).rejects.toMatchObject({
        code: "backup_not_sound",
        message: expect.stringMatching(message),
      });
      expect(besides(bench)).toEqual(["vigia.db"]);
      expect(await tenantsIn(bench.home.databasePath)).toBe(5);
      expect(await newestBackup(bench.home)).toBeUndefined();
    });

  test("no space for the copy", async () => {
    using bench = await openRestoreBench();
    const home = { ...bench.home, freeBytes: async () => 1_000 };
    const options = { logsPath: logsPath(bench) };
    await expect(restoreBackup(home, "latest", options)).rejects.toMatchObject({ code: "backup_disk_full" });
    expect(besides(bench)).toEqual(["vigia.db"]);
  });

  test("a directory of the database that is not there: it is named, and not the one of backups", async () => {
    using bench = await openRestoreBench();
    const home = { ...bench.home, databasePath: join(bench.home.dataDir, "gone", "vigia.db") };
    const refused = restoreBackup(home, "latest", { logsPath: logsPath(bench) });
    await expect(refused).rejects.toMatchObject({
      code: "backup_dir_unusable",
      message: `The directory of the database ${join(bench.home.dataDir, "gone")} cannot be written (ENOENT).`,
    });
  });

  test("a program that has the database open", async () => {
    using bench = await openRestoreBench();
    const { databasePath } = bench.home;
    writeFileSync(logsPath(bench), "lines");
    const reader = Bun.spawn(
      [
        process.execPath,
        "-e",
        `import { createClient } from "@libsql/client/sqlite3";
         const client = createClient({ url: "file:${databasePath}" });
         await client.execute("select count(*) from tenants");
         console.log("open");
         await new Promise(() => setInterval(() => client, 1_000));`,
      ],
      { cwd: import.meta.dir, stdout: "pipe", stderr: "inherit" },
    );
    try {
      await reader.stdout.getReader().read();
      await expect(restore(bench)).rejects.toMatchObject({ code: "restore_in_use" });
    } finally {
      reader.kill("SIGKILL");
      await reader.exited;
    }
    expect(besides(bench).filter((name) => name.includes("replaced"))).toEqual([]);
    expect(readFileSync(logsPath(bench), "utf8")).toBe("lines");
    expect(await tenantsIn(databasePath)).toBe(5);
  });
});

describe("a restore killed at any step", () => {
  const STEPS: [RestoreStep, number][] = [
    ["verify", 5],
    ["safety_backup", 5],
    ["set_aside", 5],
    ["replace", 5],
    ["open", 2],
  ];
  for (const [step, tenants] of STEPS)
    test(`leaves a whole database and can be repeated: ${step}`, async () => {
      using bench = await openRestoreBench();
      expect(await restoreInOwnProcess(bench, step)).not.toBe(0);
      expect(await tenantsIn(bench.home.databasePath)).toBe(tenants);
      await restore(bench, bench.backup);
      expect(await tenantsIn(bench.home.databasePath)).toBe(2);
      const replaced = besides(bench).filter((name) => name.includes("replaced-"));
      const kept = await Promise.all(replaced.map((name) => tenantsIn(join(bench.home.dataDir, name))));
      expect(kept).toContain(5);
    });
});

async function restoreInOwnProcess({ home }: BackupBench, killAt = "none"): Promise<number> {
  const script = fileURLToPath(new URL("./killed-restore.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, script, home.dataDir, killAt], { stderr: "inherit" });
  return child.exited;
}
