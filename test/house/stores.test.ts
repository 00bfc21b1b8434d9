import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tenants } from "../../src/db/schema/index.ts";
import { openStores } from "../../src/house/stores.ts";
import { loadSettings } from "../../src/settings.ts";

const { settings } = loadSettings({});

test("a damaged file of run logs is moved aside and does not keep the results from opening", async () => {
  const dir = mkdtempSync(join(tmpdir(), "vigia-stores-"));
  const aside: string[] = [];
  const watch = { onWrite() {}, onFault() {}, onLogsDamaged: (path: string) => void aside.push(path) };
  const garbage = "no database ".repeat(1_000);
  writeFileSync(join(dir, "vigia-logs.db"), garbage);
  const stores = await openStores(settings, dir, watch);
  expect(await stores.db.read.$count(tenants)).toBe(0);
  expect(aside).toEqual([join(dir, "vigia-logs.db.damaged")]);
  expect(readFileSync(aside[0]!, "utf8")).toBe(garbage);
  stores.close();
  rmSync(dir, { recursive: true, force: true });
});

test("a damaged database of results stops the start and stays as it is", async () => {
  const dir = mkdtempSync(join(tmpdir(), "vigia-stores-"));
  writeFileSync(join(dir, "vigia.db"), "no database ".repeat(1_000));
  const watch = { onWrite() {}, onFault() {}, onLogsDamaged() {} };
  await expect(openStores(settings, dir, watch)).rejects.toMatchObject({ code: "db_damaged" });
  expect(readFileSync(join(dir, "vigia.db"), "utf8")).toStartWith("no database no");
  rmSync(dir, { recursive: true, force: true });
});
