import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHouse } from "../../src/house/index.ts";
import { runOnce } from "../../src/house/run-once.ts";
import { EXIT } from "../../src/jobs/exit-codes.ts";
import { silentLogger } from "../../src/kit/log.ts";
import { loadSettings } from "../../src/settings.ts";

const dirs: string[] = [];
const newDir = () => {
  const dir = mkdtempSync(join(tmpdir(), "vigia-house-"));
  dirs.push(dir);
  return dir;
};
const open = (dataDir: string) =>
  openHouse(loadSettings({ VIGIA_DATA_DIR: dataDir, RUN_ONCE: "true" }), { log: silentLogger });

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

test.each(["file", "file/below"])("a data directory that cannot be (%s) is named with its remedy", async (path) => {
  const dir = newDir();
  writeFileSync(join(dir, "file"), "");
  await expect(open(join(dir, path))).rejects.toMatchObject({
    code: "data_dir_unusable",
    message: expect.stringContaining(join(dir, path)),
    hint: expect.stringContaining("VIGIA_DATA_DIR"),
  });
});

test("RUN_ONCE that is told to end between two jobs ends as interrupted", async () => {
  const house = await open(newDir());
  try {
    const ended = runOnce(house);
    await house.stopWork(0);
    expect(await ended).toBe(EXIT.interrupted);
  } finally {
    await house.close();
  }
});
