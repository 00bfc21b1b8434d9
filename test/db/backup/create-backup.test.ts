import { describe, expect, spyOn, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@libsql/client/sqlite3";
import { lastVerifiedAt, listBackups, newestBackup } from "../../../src/db/backup/backup-files.ts";
import { createBackup } from "../../../src/db/backup/create-backup.ts";
import { inspectInChild } from "../../../src/db/backup/run-in-child.ts";
import { openDatabase } from "../../../src/db/index.ts";
import { yieldToEventLoop } from "../../../src/kit/clock.ts";
import { sha256Hex } from "../../../src/kit/hash.ts";
import { openBackupBench, START } from "./harness.ts";

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("a backup of the local store", () => {
  test("is one file for the owner alone, with a manifest that says what is in it", async () => {
    using bench = openBackupBench();
    await bench.put(3);
    const { file, manifest } = await bench.create();
    expect(bench.names()).toEqual([
      "vigia_development_local_20260302T120000Z.db",
      "vigia_development_local_20260302T120000Z.json",
    ]);
    expect(JSON.parse(readFileSync(file.replace(/db$/, "json"), "utf8"))).toEqual(manifest);
    expect(manifest).toMatchObject({
      version: 1,
      target: "local",
      created_at: START,
      sha256: sha256Hex(readFileSync(file)),
      bytes: statSync(file).size,
      migration: expect.stringMatching(/^\d{4}_\w+$/),
      tool: "VACUUM INTO",
      verified_at: null,
      verify_problem: null,
    });
    expect(manifest!.tables).toMatchObject({ tenants: 3, job_runs: 0 });
    expect(manifest!.server_version).toMatch(/^3\.\d+\.\d+$/);
    expect([modeOf(bench.dir), modeOf(file), modeOf(file.replace(/db$/, "json"))]).toEqual(["700", "600", "600"]);
    expect(await newestBackup(bench.home)).toMatchObject({ file, createdAt: new Date(START) });
    expect(await lastVerifiedAt(bench.home)).toBeUndefined();
  });

  test("holds one state of a store that is written meanwhile, and does not stop its writers", async () => {
    using bench = openBackupBench();
    await bench.put(0);
    const path = bench.home.databasePath;
    const db = await openDatabase({ url: `file:${path}`, path });
    await db.client.execute("create table pairs (half text, id integer)");
    let copying = true;
    const copied = bench.create().finally(() => {
      copying = false;
    });
    let pairs = 0;
    for (; copying; pairs++) {
      await db.write(async (tx) => {
        await tx.run(`insert into pairs values ('left', ${pairs})`);
        await tx.run(`insert into pairs values ('right', ${pairs})`);
      });
      await yieldToEventLoop();
    }
    const { file, manifest } = await copied;
    expect(pairs).toBeGreaterThan(1);
    expect(manifest!.tables.pairs! % 2).toBe(0);
    expect((await inspectInChild({ kind: "inspect", path: file })).faults).toEqual([]);
    db.close();
  });

  test("of the same second has a name of its own", async () => {
    using bench = openBackupBench();
    await bench.put(1);
    const names = [(await bench.create()).name, (await bench.create()).name];
    expect(names).toEqual(["20260302T120000Z", "20260302T120001Z"].map((at) => `vigia_development_local_${at}.db`));
  });

  test("is made by one at a time", async () => {
    using bench = openBackupBench();
    await bench.put(1);
    const results = await Promise.allSettled([bench.create(), bench.create()]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = results.find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ code: "backup_busy", retryable: true });
    expect(bench.names()).toHaveLength(2);
  });

  test("removes what a killed one left, and nothing else", async () => {
    using bench = openBackupBench();
    await bench.put(1);
    mkdirSync(bench.dir);
    const left = [
      ".vigia-copy-1.tmp",
      ".vigia-copy-1.tmp-journal",
      "vigia_x_local_20260101T000000Z.json.tmp",
      "notes.txt",
    ];
    for (const name of left) writeFileSync(join(bench.dir, name), "x");
    const { name } = await bench.create();
    expect(bench.names()).toEqual(["notes.txt", name, name.replace(/db$/, "json")]);
    expect((await listBackups(bench.home)).map((backup) => backup.name)).toEqual([name]);
  });
});

describe("a backup that cannot be made leaves nothing and says why", () => {
  test("no database yet: no directory is made either", async () => {
    using bench = openBackupBench();
    await expect(bench.create()).rejects.toMatchObject({ code: "backup_no_database" });
    expect(() => bench.names()).toThrow("ENOENT");
  });

  test("a store on a server", async () => {
    using bench = openBackupBench();
    const remote = createBackup({ ...bench.home, databasePath: undefined });
    await expect(remote).rejects.toMatchObject({
      code: "backup_remote_store",
      message: expect.stringContaining("server"),
    });
  });

  test("a file in place of the directory", async () => {
    using bench = openBackupBench();
    await bench.put(1);
    writeFileSync(bench.dir, "");
    await expect(bench.create()).rejects.toMatchObject({ code: "backup_dir_unusable" });
  });

  test("nor is it taken for an empty one, whatever its path is called", async () => {
    using bench = openBackupBench();
    const dataDir = join(bench.home.dataDir, "ENOENT");
    mkdirSync(dataDir);
    expect(await listBackups({ ...bench.home, dataDir })).toEqual([]);
    writeFileSync(join(dataDir, "backups"), "");
    await expect(listBackups({ ...bench.home, dataDir })).rejects.toMatchObject({ code: "backup_dir_unusable" });
  });

  test("too little space on the disk", async () => {
    using bench = openBackupBench();
    await bench.put(1);
    const home = { ...bench.home, freeBytes: async () => 100_000_000 };
    await expect(createBackup(home)).rejects.toMatchObject({
      code: "backup_disk_full",
      message: expect.stringMatching(/needs 101 MB free in .* there are 100 MB/),
    });
    expect(bench.names()).toEqual([]);
  });

  test("a disk that becomes full while the copy is written", async () => {
    using bench = openBackupBench();
    await bench.put(1);
    mkdirSync(bench.dir);
    // 64 kB and a few pages for the guard; the store has 400 kB.
    const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", bench.dir]).success;
    if (!mounted) return console.log("skipped: this user may not mount a small disk");
    try {
      const home = { ...bench.home, freeBytes: async () => undefined };
      await expect(createBackup(home)).rejects.toMatchObject({
        code: "backup_disk_full",
        message: expect.stringContaining("the unfinished copy was removed"),
      });
      expect(bench.names()).toEqual([]);
    } finally {
      // Lazily: libSQL keeps the closed guard file open for a while.
      Bun.spawnSync(["umount", "-l", bench.dir]);
    }
  });

  test("a damaged database, found when it is read or only when the copy is checked", async () => {
    using bench = openBackupBench();
    await bench.put(500);
    const bytes = readFileSync(bench.home.databasePath);
    writeFileSync(bench.home.databasePath, bytes.subarray(0, bytes.length / 2));
    await expect(bench.create()).rejects.toMatchObject({ code: "db_damaged" });
    writeFileSync(bench.home.databasePath, "no database ".repeat(1_000));
    await expect(bench.create()).rejects.toMatchObject({ code: "db_damaged" });
    expect(bench.names()).toEqual([]);
  });

  test("an abort ends the copying process, even one that waits inside SQLite", async () => {
    using bench = openBackupBench();
    await bench.put(1);
    const locker = createClient({ url: `file:${bench.home.databasePath}`, concurrency: 1 });
    await locker.executeMultiple("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    const stop = new AbortController();
    const reason = new Error("Interrupted.");
    using spawn = spyOn(Bun, "spawn");
    const ended = createBackup(bench.home, stop.signal).catch((thrown: unknown) => thrown);
    while (spawn.mock.results.length === 0) await yieldToEventLoop();
    const child = spawn.mock.results[0]!.value as Bun.Subprocess;
    stop.abort(reason);
    expect(await ended).toMatchObject({ cause: reason });
    expect(child.signalCode).toBe("SIGKILL");
    expect(bench.names()).toEqual([]);
    locker.close();
  });
});
