import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@libsql/client/sqlite3";
import type { BackupView } from "../../src/cli/commands/backup-views.ts";
import { restoreOwnStore } from "../../src/house/backup-restore.ts";
import { openOwnStore } from "../../src/house/own-store.ts";
import { loadSettings } from "../../src/settings.ts";
import { runToEnd } from "../support/boot.ts";
import { jsonOf, startHouse, temporaryDir, vigia } from "./harness.ts";

setDefaultTimeout(60_000);

const script = "src/cli/index.ts";

/** A data directory with a store, as a process of its own left it: this process has not had it open. */
async function withStore(work: (environment: { VIGIA_DATA_DIR: string }) => Promise<void>): Promise<void> {
  using dir = temporaryDir();
  const dataDir = join(dir.path, "data");
  const { code } = await runToEnd({ dataDir, script, args: ["runs"] });
  expect(code).toBe(0);
  await work({ VIGIA_DATA_DIR: dataDir });
}

/** As if the mirror had been on. Done to a copy: this process must not have had the store itself open. */
async function noteDelivery(dataDir: string): Promise<void> {
  const [store, copy] = [join(dataDir, "vigia.db"), join(dataDir, "copy.db")];
  copyFileSync(store, copy);
  const client = createClient({ url: `file:${copy}`, concurrency: 1 });
  await client.execute("PRAGMA journal_mode = DELETE");
  await client.execute(
    "insert into mirror_streams (stream, destination) values ('tenants', 'https://project.example')",
  );
  client.close();
  copyFileSync(copy, store);
  rmSync(copy);
}

describe("vigia backup", () => {
  test("A20: create, list, verify, restore, prune; a corrupted file is a failure", () =>
    withStore(async (environment) => {
      const run = (...args: string[]) => vigia(["backup", ...args, "--json"], { environment });
      const empty = await vigia(["backup", "list"], { environment });
      expect([empty.code, empty.stdout, empty.stderr]).toEqual([0, "", "There is no backup yet.\n"]);
      const created = jsonOf<BackupView>(await run("create"));
      expect(created).toMatchObject({ target: "local", verified_at: null, problem: null });
      expect(created.file).toMatch(/^vigia_development_local_\d{8}T\d{6}Z\.db$/);
      const verified = jsonOf<BackupView>(await run("verify", "latest"));
      expect(verified).toMatchObject({ file: created.file, verified_at: expect.any(String), problem: null });
      const dataDir = environment.VIGIA_DATA_DIR;
      const restored = await runToEnd({ dataDir, script, args: ["backup", "restore", created.file, "--yes"] });
      expect(restored.code).toBe(0);
      expect(restored.output).toContain(
        `vigia.db is now ${created.file}. The one before is ${dataDir}/vigia.db.replaced-`,
      );
      const listed = jsonOf<BackupView[]>(await run("list"));
      expect(listed.map(({ file, safety_copy }) => [file, safety_copy])).toEqual([
        [expect.any(String), true],
        [created.file, false],
      ]);
      const table = await vigia(["backup", "list"], { environment });
      expect(table.stdout).toMatch(/ not yet \(of what a restore replaced\)\n/);
      truncateSync(join(dataDir, "backups", created.file), 50_000);
      const broken = await run("verify", created.file);
      expect(broken.code).toBe(1);
      expect(jsonOf<BackupView>(broken)).toMatchObject({ verified_at: null, problem: expect.any(String) });
      const refused = await runToEnd({ dataDir, script, args: ["backup", "restore", created.file, "--yes"] });
      expect([refused.code, refused.output]).toEqual([1, expect.stringContaining("is not restored")]);
      const pruned = jsonOf<{ removed: string[] }>(await run("prune", "--keep", "0d", "--keep-weekly", "0"));
      expect(pruned.removed).toEqual([created.file]);
      expect((await runToEnd({ dataDir, script, args: ["runs"] })).code).toBe(0);
    }));

  test("a restore of a mirrored store says that later rows are still in Supabase, and what removes them", () =>
    withStore(async (environment) => {
      const dataDir = environment.VIGIA_DATA_DIR;
      const restore = async (...options: string[]) => {
        const { code, output } = await runToEnd({
          dataDir,
          script,
          args: ["backup", "restore", "latest", "--yes", ...options],
        });
        expect(code).toBe(0);
        return output;
      };
      await vigia(["backup", "create"], { environment });
      expect(await restore()).not.toContain("Supabase");
      await noteDelivery(dataDir);
      const said = await restore();
      expect(said).toContain("Rows made after this backup are still in Supabase");
      expect(said).toContain("vigia mirror reconcile --delete");
      await noteDelivery(dataDir);
      expect(await restore("--json")).toContain('"next": "vigia mirror reconcile --delete"');
    }));

  test("with VIGIA_NOW years ahead, copies have the machine's date and no real one is pruned for its age", () =>
    withStore(async (environment) => {
      const ahead = { ...environment, VIGIA_NOW: "2031-01-01T00:00:00Z" };
      const run = (...args: string[]) => vigia(["backup", ...args, "--json"], { environment: ahead });
      const created = [jsonOf<BackupView>(await run("create")), jsonOf<BackupView>(await run("create"))];
      for (const { created_at } of created) expect(Date.parse(created_at)).toBeLessThanOrEqual(Date.now());
      expect(jsonOf<{ removed: string[] }>(await run("prune")).removed).toEqual([]);
      const listed = jsonOf<BackupView[]>(await vigia(["backup", "list", "--json"], { environment }));
      expect(listed.map(({ file, problem }) => [file, problem])).toEqual(
        created.reverse().map(({ file }) => [file, null]),
      );
    }));

  test("makes a copy beside a running process, which keeps a restore away", async () => {
    using dir = temporaryDir();
    const environment = { VIGIA_DATA_DIR: dir.path };
    await using _running = await startHouse(environment);
    expect((await vigia(["backup", "create"], { environment })).code).toBe(0);
    const list = await vigia(["backup", "list"], { environment });
    expect(list.stdout).toMatch(
      /BACKUP +AGE +MB +VERIFIED \(UTC\)\nvigia_development_local_\S+ +0 min +0\.\d +not yet\n/,
    );
    const restored = await vigia(["backup", "restore", "latest", "--yes"], { environment });
    expect([restored.code, restored.stderr]).toEqual([1, expect.stringContaining("Vigía already runs on")]);
    expect(readdirSync(dir.path).filter((name) => /replaced|restoring/.test(name))).toEqual([]);
  });

  test("while a restore runs, everything else is refused", () =>
    withStore(async (environment) => {
      expect((await vigia(["backup", "create"], { environment })).code).toBe(0);
      const { settings } = loadSettings(environment);
      const attempts: Promise<unknown>[] = [];
      await restoreOwnStore(settings, "latest", (step) => {
        if (step !== "verify") return;
        attempts.push(vigia(["backup", "create"], { environment }));
        attempts.push(vigia(["runs"], { environment, ownerWaitMs: 0 }));
        attempts.push(openOwnStore(settings, environment.VIGIA_DATA_DIR).catch((thrown: unknown) => thrown));
      });
      const [create, runs, read] = await Promise.all(attempts);
      expect(create).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("A backup is being made, verified, pruned"),
      });
      expect(runs).toMatchObject({ code: 1, stderr: expect.stringContaining("takes no calls") });
      expect(read).toMatchObject({ code: "restore_running", retryable: true });
    }));

  const WRONG: [string, string[], Record<string, string>, number, RegExp][] = [
    ["no database yet", ["create"], {}, 1, /There is no database .*vigia\.db yet/],
    ["nothing to verify", ["verify", "latest"], {}, 1, /There is no backup yet\.\n→ .*vigia backup create/],
    ["a restore without --yes", ["restore", "latest"], {}, 64, /This replaces the local store.*\n→ .*--yes/],
    ["the remote side", ["create", "--target", "remote"], {}, 1, /not built yet\.\n→ Use pg_dump/],
    ["both sides", ["create", "--target", "all"], {}, 1, /not built yet/],
    ["an unknown target", ["create", "--target", "moon"], {}, 64, /Allowed choices are local, remote, all/],
    ["an age without a unit", ["prune", "--keep", "7"], {}, 64, /not an age like 7d or 36h/],
    ["weeks that are no number", ["prune", "--keep-weekly", "-1"], {}, 64, /not a whole number from 0/],
    [
      "another machine",
      ["list", "--url", "http://127.0.0.1:1"],
      {},
      64,
      /files of the machine.*\n→ .*vigia run backup_create/,
    ],
    ...["create", "list", "verify x.db", "restore x.db --yes", "prune"].map(
      (command): [string, string[], Record<string, string>, number, RegExp] => [
        `a store on a server: ${command}`,
        command.split(" "),
        { DATABASE_URL: "libsql://store.example", DATABASE_AUTH_TOKEN: "canary-of-the-token" },
        1,
        /libSQL server \(DATABASE_URL\), which keeps its own backups/,
      ],
    ),
  ];
  for (const [what, args, settings, code, message] of WRONG)
    test(`refuses ${what}`, async () => {
      using dir = temporaryDir();
      const ran = await vigia(["backup", ...args], { environment: { VIGIA_DATA_DIR: dir.path, ...settings } });
      expect([ran.code, ran.stdout]).toEqual([code, ""]);
      expect(ran.stderr).toMatch(message);
      expect(ran.stderr).not.toContain("canary");
      expect(readdirSync(dir.path).filter((name) => name !== "backups")).toEqual([]);
    });
});
