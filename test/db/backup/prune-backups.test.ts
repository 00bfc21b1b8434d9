import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Backup } from "../../../src/db/backup/backup-files.ts";
import type { Manifest } from "../../../src/db/backup/manifest.ts";
import { chooseSurplus, DEFAULT_KEEP, pruneBackups } from "../../../src/db/backup/prune-backups.ts";
import { days, hours } from "../../../src/kit/duration.ts";
import { openBackupBench } from "./harness.ts";

const NOW = new Date("2026-03-31T04:00:00Z");

interface BackupKind {
  verified?: boolean;
  safetyCopy?: boolean;
  problem?: string;
}

function aBackup(ageMs: number, { verified = false, safetyCopy = false, problem }: BackupKind = {}): Backup {
  const createdAt = new Date(NOW.getTime() - ageMs);
  const manifest = { verified_at: verified ? createdAt.toISOString() : null, safety_copy: safetyCopy } as Manifest;
  return {
    file: `/b/${ageMs}.db`,
    name: `${ageMs}.db`,
    createdAt,
    bytes: 1,
    manifest,
    ...(problem ? { problem } : {}),
  };
}

const ageDays = ({ createdAt }: Backup) => (NOW.getTime() - createdAt.getTime()) / days(1);

test("of daily backups the last week stays, and the newest of each of four weeks before", () => {
  const daily = Array.from({ length: 60 }, (_, day) => aBackup(days(day)));
  const surplus = chooseSurplus(daily, DEFAULT_KEEP, NOW);
  const kept = daily.filter((backup) => !surplus.includes(backup)).map(ageDays);
  // 31 March 2026 is a Tuesday: its Sundays lie 9, 16, 23 days back, and the 24th is in the week that the last week cuts.
  expect(kept).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 9, 16, 23]);
});

test("copies that cannot be relied on take no place of sound ones and go when they are old", () => {
  const sound = aBackup(days(10));
  const broken = [aBackup(days(1), { problem: "cut" }), aBackup(days(9), { problem: "cut" })];
  expect(chooseSurplus([...broken, sound], DEFAULT_KEEP, NOW)).toEqual([broken[1]!]);
});

test("a copy of what a restore replaced takes no place of another, and goes when it is old", () => {
  const safety = (ageMs: number) => aBackup(ageMs, { verified: true, safetyCopy: true });
  const [newest, old] = [aBackup(days(9)), aBackup(days(30), { verified: true })];
  const backups = [safety(days(8)), safety(days(8) + 1), newest, safety(days(9) + 1), old];
  const rule = { keepMs: days(7), keepWeekly: 1 };
  expect(chooseSurplus(backups, rule, NOW)).toEqual([backups[1]!, backups[3]!]);
});

test("whatever the rule says, the newest sound one and the newest verified one stay", () => {
  const backup = fc.record({
    ageMs: fc.integer({ min: 0, max: days(90) }),
    verified: fc.boolean(),
    problem: fc.option(fc.constant("cut"), { nil: undefined }),
  });
  const rule = fc.record({ keepMs: fc.integer({ min: 0, max: days(30) }), keepWeekly: fc.integer({ min: 0, max: 6 }) });
  fc.assert(
    fc.property(fc.array(backup, { maxLength: 40 }), rule, (specs, { keepMs, keepWeekly }) => {
      const backups = specs
        .map(({ ageMs, verified, problem }) => aBackup(ageMs, { verified, ...(problem ? { problem } : {}) }))
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
      const surplus = new Set(chooseSurplus(backups, { keepMs, keepWeekly }, NOW));
      const kept = backups.filter((each) => !surplus.has(each));
      const sound = backups.filter(({ problem }) => !problem);
      const verified = sound.find(({ manifest }) => manifest?.verified_at);
      if (sound[0]) expect(kept).toContain(sound[0]);
      if (verified) expect(kept).toContain(verified);
      for (const each of surplus) expect(NOW.getTime() - each.createdAt.getTime()).toBeGreaterThanOrEqual(keepMs);
      const old = kept.filter((each) => NOW.getTime() - each.createdAt.getTime() >= keepMs);
      expect(old.length).toBeLessThanOrEqual(keepWeekly + 2);
    }),
  );
});

test("what goes takes its manifest with it", async () => {
  using bench = openBackupBench();
  await bench.put(1);
  const first = await bench.create();
  await bench.clock.advance(hours(1));
  const second = await bench.create();
  await bench.clock.advance(days(2));
  const removed = await pruneBackups(bench.home, { keepMs: days(1), keepWeekly: 0 });
  expect(removed.map(({ name }) => name)).toEqual([first.name]);
  expect(bench.names()).toEqual([second.name, second.name.replace(/db$/, "json")]);
  expect(await pruneBackups(bench.home, { keepMs: 0, keepWeekly: 0 })).toEqual([]);
});
