import { describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateDatabase, openDatabase } from "../../src/db/index.ts";
import { users } from "../../src/db/schema/portfolio.ts";
import { openOwnStore } from "../../src/house/own-store.ts";
import { VigiaError } from "../../src/kit/errors.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "vigia-own-store-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const NOTHING_SET = { databaseUrl: undefined, databaseAuthToken: undefined };

describe("the store beside a running process", () => {
  test("one that is not there is not made", () =>
    inFolder(async (folder) => {
      expect(await openOwnStore(NOTHING_SET, folder)).toBeUndefined();
      expect(await readdir(folder)).toEqual([]);
    }));

  test("it is read where DATABASE_URL says", () =>
    inFolder(async (folder) => {
      const path = join(folder, "else.db");
      const made = await openDatabase({ url: `file:${path}`, path });
      await migrateDatabase(made, "main");
      made.close();
      const store = await openOwnStore({ ...NOTHING_SET, databaseUrl: `file:${path}` }, join(folder, "data"));
      expect(await store!.read("users", (db) => db.read.$count(users))).toBe(0);
      store!.close();
    }));

  test("an older schema is named with the remedy, and what the reader itself refuses stays as it is", () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "vigia.db"), "");
      const store = (await openOwnStore(NOTHING_SET, folder))!;
      const failure = await store.read("users", (db) => db.read.$count(users)).catch((thrown: unknown) => thrown);
      expect(failure).toMatchObject({
        code: "db_unreadable",
        message: `The users in ${join(folder, "vigia.db")} cannot be read.`,
        hint: expect.stringContaining("Start Vigía once"),
      });
      const own = new VigiaError("no_data", "There is nothing.");
      await expect(store.read("users", () => Promise.reject(own))).rejects.toBe(own);
      store.close();
    }));
});
