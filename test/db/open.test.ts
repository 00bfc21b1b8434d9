import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holdFileGuard } from "../../src/db/file-guard.ts";
import { type Database, databaseLocation, migrateDatabase, openDatabase } from "../../src/db/index.ts";

const dirs: string[] = [];
const newDir = () => {
  const dir = mkdtempSync(join(tmpdir(), "vigia-open-"));
  dirs.push(dir);
  return dir;
};
const opened: Database[] = [];
async function open(databaseUrl: string | undefined, dataDir: string): Promise<Database> {
  const database = await openDatabase(databaseLocation(databaseUrl, dataDir));
  opened.push(database);
  return database;
}

afterEach(() => {
  for (const database of opened.splice(0)) database.close();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

test.each(["with space", "h#ash", "quest?ion", "per%20cent", "100%", "ñandú", "a&b=c;d'\"e"])(
  "a directory named %s holds its database and its guard",
  async (name) => {
    const dir = join(newDir(), name);
    const database = await open(undefined, dir);
    await migrateDatabase(database, "main");
    expect(existsSync(join(dir, "vigia.db"))).toBe(true);
    const guard = await holdFileGuard(join(dir, "vigia.lock.guard"));
    expect(readdirSync(dir)).toContain("vigia.lock.guard");
    guard?.release();
  },
);

test("sqlite: with a slash too many is still a file", async () => {
  const dir = newDir();
  await open(`sqlite:////${dir}/x.db`, dir);
  expect(existsSync(join(dir, "x.db"))).toBe(true);
});

test("what SQLite makes is for the owner's eyes, with the log beside it", async () => {
  const dir = newDir();
  await migrateDatabase(await open(undefined, dir), "main");
  const modes = readdirSync(dir).map((file) => [file, statSync(join(dir, file)).mode & 0o777]);
  expect(modes.length).toBeGreaterThan(1);
  for (const [file, mode] of modes) expect([file, mode]).toEqual([file, 0o600]);
});

test("a file that is no database is called damaged, with its path and the way out", async () => {
  const dir = newDir();
  writeFileSync(join(dir, "vigia.db"), "these are no tables, ".repeat(1_000));
  await expect(open(undefined, dir)).rejects.toMatchObject({
    code: "db_damaged",
    message: expect.stringContaining(join(dir, "vigia.db")),
    hint: expect.stringContaining("copy"),
  });
});

test("a server that cannot be reached is named with its remedy when it is opened", async () => {
  const unreachable = openDatabase({ url: "libsql://127.0.0.1:1?tls=0", authToken: "c4nary" });
  await expect(unreachable).rejects.toMatchObject({
    code: "db_open_failed",
    hint: expect.stringContaining("DATABASE"),
  });
  await unreachable.catch((error) => expect(`${error.message} ${error.hint}`).not.toContain("c4nary"));
});

test("opening a file a second time leaves this process its locks: another one does not take itself for the last", async () => {
  const path = join(newDir(), "vigia.db");
  const first = await openDatabase({ url: `file:${path}`, path });
  await first.client.execute("create table notes (text text)");
  const second = await openDatabase({ url: `file:${path}`, path });
  second.close();
  // Whoever closes a database as the last one moves its log into the file and removes it.
  const script = `const { createClient } = await import(${JSON.stringify(require.resolve("@libsql/client/sqlite3"))});
    const client = createClient({ url: process.argv[1] });
    await client.execute("select * from notes");
    client.close();
    Bun.gc(true);`;
  const other = Bun.spawn([process.execPath, "-e", script, `file:${path}`], { stderr: "pipe" });
  expect([await other.exited, await other.stderr.text()]).toEqual([0, ""]);
  expect(existsSync(`${path}-wal`)).toBe(true);
  first.close();
});
