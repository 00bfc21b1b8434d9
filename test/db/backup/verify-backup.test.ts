import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { lastVerifiedAt, listBackups, newestBackup } from "../../../src/db/backup/backup-files.ts";
import { manifestPath } from "../../../src/db/backup/manifest.ts";
import { verifyBackup } from "../../../src/db/backup/verify-backup.ts";
import { days, minutes } from "../../../src/kit/duration.ts";
import { sha256Hex } from "../../../src/kit/hash.ts";
import { type BackupBench, changeFile, openBackupBench, START } from "./harness.ts";

/** Rewrites the manifest as `change` says. */
function changeManifest(file: string, change: (manifest: Record<string, unknown>) => void): void {
  const manifest = JSON.parse(readFileSync(manifestPath(file), "utf8"));
  change(manifest);
  writeFileSync(manifestPath(file), JSON.stringify(manifest));
}

/** As somebody who changes a copy and makes the manifest fit: only what is inside can give it away. */
async function forge(file: string, sql: string): Promise<void> {
  await changeFile(file, sql);
  const bytes = readFileSync(file);
  changeManifest(file, (manifest) => Object.assign(manifest, { sha256: sha256Hex(bytes), bytes: bytes.length }));
}

async function withBackup(work: (file: string, bench: BackupBench) => Promise<void>): Promise<void> {
  using bench = openBackupBench();
  await work(await bench.putBackup(), bench);
}

describe("verifying a backup", () => {
  test("notes in its manifest that it can be restored", () =>
    withBackup(async (file, bench) => {
      await bench.clock.advance(days(1));
      const verified = await verifyBackup(bench.home, "latest");
      expect(verified.problem).toBeUndefined();
      expect(JSON.parse(readFileSync(manifestPath(file), "utf8"))).toMatchObject({
        verified_at: "2026-03-03T12:00:00.000Z",
        verify_problem: null,
      });
      expect(await newestBackup(bench.home)).toMatchObject({ file });
      expect(await lastVerifiedAt(bench.home)).toEqual(new Date("2026-03-03T12:00:00Z"));
      expect(bench.names()).toHaveLength(2);
    }));

  test("takes a path anywhere, for example of a copy kept elsewhere", () =>
    withBackup(async (file, bench) => {
      const elsewhere = join(bench.home.dataDir, "elsewhere");
      mkdirSync(elsewhere);
      const copy = join(elsewhere, "copy.db");
      copyFileSync(file, copy);
      copyFileSync(manifestPath(file), manifestPath(copy));
      expect((await verifyBackup(bench.home, copy)).problem).toBeUndefined();
      expect(JSON.parse(readFileSync(manifestPath(copy), "utf8")).verified_at).toBeString();
    }));

  const FAULTS: [string, (file: string) => void | Promise<void>, RegExp][] = [
    ["a cut file", (file) => truncateSync(file, 100_000), /cannot be read as a database/],
    ["an empty file", (file) => truncateSync(file, 0), /SHA-256 differs.*table alerts is missing.*more tables differ/],
    ["a file that is no database", (file) => writeFileSync(file, "x".repeat(9_000)), /cannot be read as a database/],
    [
      "a row that is gone",
      (file) => forge(file, "delete from tenants where tenant_id = 'tenant-1'"),
      /tenants has 1 rows instead of 2/,
    ],
    ["a table that is gone", (file) => forge(file, "drop table alerts"), /table alerts is missing/],
    ["a table too many", (file) => forge(file, "create table extra (id)"), /extra is not in the manifest/],
    [
      "rows that refer to nothing",
      (file) =>
        forge(
          file,
          "PRAGMA foreign_keys = OFF; create table a (id primary key); create table b (a references a(id)); insert into b values (7)",
        ),
      /1 rows refer to rows that are not there/,
    ],
    [
      "a newer schema",
      (file) => forge(file, "insert into __drizzle_migrations (hash, created_at) values ('x', 9999999999999)"),
      /schema is newer than this version/,
    ],
    [
      "another schema than promised",
      (file) => changeManifest(file, (manifest) => Object.assign(manifest, { migration: "0000_init" })),
      /newest migration is \S+ instead of 0000_init/,
    ],
  ];
  for (const [what, damage, problem] of FAULTS)
    test(`A20: finds ${what}, and nobody relies on that copy any more`, () =>
      withBackup(async (file, bench) => {
        changeManifest(file, (manifest) => Object.assign(manifest, { verified_at: START }));
        expect(await newestBackup(bench.home)).toMatchObject({ file });
        await damage(file);
        expect((await verifyBackup(bench.home, "latest")).problem).toMatch(problem);
        const { verified_at, verify_problem } = JSON.parse(readFileSync(manifestPath(file), "utf8"));
        expect([verified_at, verify_problem]).toEqual([null, expect.stringMatching(problem)]);
        expect(await newestBackup(bench.home)).toBeUndefined();
        expect(bench.names()).toHaveLength(2);
      }));

  test("finds any changed byte", () =>
    withBackup(async (file, bench) => {
      const whole = readFileSync(file);
      const byte = fc.integer({ min: 0, max: whole.length - 1 });
      await fc.assert(
        fc.asyncProperty(byte, fc.integer({ min: 1, max: 255 }), async (at, change) => {
          const changed = Buffer.from(whole);
          changed[at]! ^= change;
          writeFileSync(file, changed);
          expect((await verifyBackup(bench.home, "latest")).problem).toBeString();
        }),
        {
          numRuns: 12,
          examples: [
            [18, 3],
            [0, 1],
          ],
        },
      );
    }));

  test("a copy repaired since is relied on again", () =>
    withBackup(async (file, bench) => {
      const whole = readFileSync(file);
      truncateSync(file, 5_000);
      expect((await verifyBackup(bench.home, "latest")).problem).toBeString();
      writeFileSync(file, whole);
      expect((await verifyBackup(bench.home, "latest")).problem).toBeUndefined();
      expect(await newestBackup(bench.home)).toMatchObject({ file });
    }));
});

describe("the latest backup", () => {
  test("is never a copy of what a restore replaced, verified or not", () =>
    withBackup(async (file, bench) => {
      const later = putLater(bench, file, { safety_copy: true, verified_at: START });
      expect(await newestBackup(bench.home)).toMatchObject({ file });
      expect(await lastVerifiedAt(bench.home)).toBeUndefined();
      expect(await verifyBackup(bench.home, "latest")).toMatchObject({ file });
      expect((await listBackups(bench.home)).map((backup) => backup.file)).toEqual([later, file]);
    }));

  test("is never one dated in the future, which is listed with that problem", () =>
    withBackup(async (file, bench) => {
      const created_at = "2031-01-01T00:00:00.000Z";
      putLater(bench, file, { created_at, verified_at: created_at });
      const [first] = await listBackups(bench.home);
      expect(first).toMatchObject({ problem: `it is dated ${created_at}, later than this machine's clock` });
      expect(await newestBackup(bench.home)).toMatchObject({ file });
      expect(await lastVerifiedAt(bench.home)).toBeUndefined();
      expect(await verifyBackup(bench.home, "latest")).toMatchObject({ file });
    }));

  test("is one of a clock that was set right by less than an hour", () =>
    withBackup(async (file, bench) => {
      bench.clock.jump(-minutes(59));
      expect(await newestBackup(bench.home)).toMatchObject({ file });
    }));

  test("a verification dated in the future does not count", () =>
    withBackup(async (file, bench) => {
      changeManifest(file, (manifest) => Object.assign(manifest, { verified_at: "2031-01-01T00:00:00.000Z" }));
      expect(await lastVerifiedAt(bench.home)).toBeUndefined();
    }));

  test("a manifest from before there were such marks is one of a backup like any other", () =>
    withBackup(async (file, bench) => {
      changeManifest(file, (manifest) => delete manifest.safety_copy);
      expect(await newestBackup(bench.home)).toMatchObject({ file, manifest: { safety_copy: false } });
    }));

  /** A second copy, an hour younger if `fields` of its manifest say nothing else. */
  function putLater({ dir }: BackupBench, file: string, fields: Record<string, unknown>): string {
    const later = join(dir, "vigia_development_local_20260302T130000Z.db");
    copyFileSync(file, later);
    copyFileSync(manifestPath(file), manifestPath(later));
    changeManifest(later, (manifest) => Object.assign(manifest, { created_at: "2026-03-02T13:00:00.000Z" }, fields));
    return later;
  }
});

describe("a manifest that cannot be used", () => {
  const BROKEN: [string, (path: string) => void, string, RegExp][] = [
    ["is missing", (path) => rmSync(path), "backup_manifest_missing", /is not there/],
    ["was cut off", (path) => truncateSync(path, 50), "backup_manifest_damaged", /no JSON, or cut off/],
    ["is empty", (path) => truncateSync(path, 0), "backup_manifest_damaged", /no JSON/],
    ["is huge", (path) => truncateSync(path, 5_000_000), "backup_manifest_damaged", /cannot be used/],
    ["is no object", (path) => writeFileSync(path, "[]"), "backup_manifest_damaged", /cannot be used/],
    ["is of a later format", (path) => rewrite(path, { version: 2 }), "backup_manifest_damaged", /version is wrong/],
    [
      "has a wrong count",
      (path) => rewrite(path, { tables: { a: -1 } }),
      "backup_manifest_damaged",
      /tables\.a is wrong/,
    ],
  ];
  for (const [what, damage, code, message] of BROKEN)
    test(`${what}: it is listed with its problem, and neither verified nor relied on`, () =>
      withBackup(async (file, bench) => {
        damage(manifestPath(file));
        const [listed] = await listBackups(bench.home);
        expect(listed).toMatchObject({
          file,
          createdAt: new Date("2026-03-02T12:00:00Z"),
          problem: expect.stringMatching(message),
        });
        await expect(verifyBackup(bench.home, "latest")).rejects.toMatchObject({
          code,
          message: expect.stringMatching(message),
        });
        expect(await newestBackup(bench.home)).toBeUndefined();
        expect(existsSync(file)).toBeTrue();
      }));

  test("a link to itself is damaged, not missing, whatever its path is called", () =>
    withBackup(async (file, bench) => {
      const elsewhere = join(bench.home.dataDir, "ENOENT");
      mkdirSync(elsewhere);
      symlinkSync("copy.json", join(elsewhere, "copy.json"));
      copyFileSync(file, join(elsewhere, "copy.db"));
      const refused = verifyBackup(bench.home, join(elsewhere, "copy.db"));
      await expect(refused).rejects.toMatchObject({ code: "backup_manifest_damaged" });
    }));

  test("names that are no backups are refused", () =>
    withBackup(async (_file, bench) => {
      for (const wanted of ["nothing.db", "", "..", "backup.guard", "/etc/passwd", "a\0.db"])
        await expect(verifyBackup(bench.home, wanted)).rejects.toMatchObject({ code: "backup_missing" });
    }));
});

function rewrite(path: string, fields: Record<string, unknown>): void {
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...fields }));
}
