import { afterEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acquireLock, readLock } from "../../src/jobs/process-lock.ts";
import { createSystemClock } from "../../src/kit/clock.ts";
import type { VigiaError } from "../../src/kit/errors.ts";
import { soakTimes } from "../support/soak.ts";

const clock = createSystemClock();
const dirs: string[] = [];
const newDir = () => {
  const dir = mkdtempSync(join(tmpdir(), "vigia-lock-"));
  dirs.push(dir);
  return dir;
};

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A process that takes the lock, says `held` or the error's code, and stays until it is killed or told to end. */
const HOLDER = `
  import { acquireLock } from ${JSON.stringify(join(import.meta.dir, "../../src/jobs/process-lock.ts"))};
  import { createSystemClock } from ${JSON.stringify(join(import.meta.dir, "../../src/kit/clock.ts"))};
  try {
    const lock = await acquireLock(process.argv[1], { bootId: "b" + process.pid, clock: createSystemClock() });
    lock.update({ url: "http://127.0.0.1:8000" });
    console.log("held");
    for await (const _ of Bun.stdin.stream()) break;
    lock.release();
  } catch (error) {
    console.log(error.code);
  }
`;

function startHolder(dir: string) {
  const child = Bun.spawn([process.execPath, "-e", HOLDER, dir], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const reader = child.stdout.getReader();
  return {
    child,
    /** First line that it prints. */
    said: async () => new TextDecoder().decode((await reader.read()).value).trim(),
    async end() {
      child.stdin.end();
      await child.exited;
    },
  };
}

test("row 17 single instance: of two processes that start together exactly one holds the directory", async () => {
  for (let round = 0; round < soakTimes(5, 20); round++) {
    const dir = newDir();
    const both = [startHolder(dir), startHolder(dir)];
    const said = await Promise.all(both.map((holder) => holder.said()));
    expect(said.sort()).toEqual(["already_running", "held"]);
    await Promise.all(both.map((holder) => holder.end()));
    expect(readLock(dir)).toBeUndefined();
  }
});

test("the second process is told who holds the directory, since when and where", async () => {
  const dir = newDir();
  const holder = startHolder(dir);
  expect(await holder.said()).toBe("held");
  const owner = readLock(dir);
  expect(owner).toMatchObject({ pid: holder.child.pid, url: "http://127.0.0.1:8000" });
  const refusal: VigiaError = await acquireLock(dir, { bootId: "mine", clock }).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  );
  expect(refusal.code).toBe("already_running");
  for (const part of [dir, `process ${holder.child.pid}`, owner!.started_at, "http://127.0.0.1:8000"])
    expect(refusal.message).toContain(part);
  await holder.end();
});

test("a killed process leaves its file behind, and the next start takes the directory over", async () => {
  const dir = newDir();
  const holder = startHolder(dir);
  expect(await holder.said()).toBe("held");
  holder.child.kill("SIGKILL");
  await holder.child.exited;
  expect(existsSync(join(dir, "vigia.lock"))).toBe(true);
  expect(readLock(dir)).toBeUndefined();
  const lock = await acquireLock(dir, { bootId: "next", clock });
  expect(readLock(dir)).toMatchObject({ pid: process.pid, boot_id: "next" });
  lock.release();
});

test("within one process the directory is held once, too", async () => {
  const dir = newDir();
  const lock = await acquireLock(dir, { bootId: "one", clock });
  await expect(acquireLock(dir, { bootId: "two", clock })).rejects.toThrow(/already runs/);
  lock.release();
  (await acquireLock(dir, { bootId: "three", clock })).release();
});

test("the file is for its owner's eyes, is replaced as a whole and goes with the lock", async () => {
  const dir = newDir();
  const path = join(dir, "vigia.lock");
  const lock = await acquireLock(dir, { bootId: "one", clock });
  lock.update({ url: "http://127.0.0.1:8000", token: "t0ken" });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
    pid: process.pid,
    boot_id: "one",
    url: "http://127.0.0.1:8000",
    token: "t0ken",
  });
  expect(readdirSync(dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  lock.release();
  lock.release();
  lock.update({ url: "late" });
  expect(existsSync(path)).toBe(false);
});

test("a file that names another life of a reused pid, or that is broken, holds nobody up", async () => {
  const dir = newDir();
  const path = join(dir, "vigia.lock");
  const lock = await acquireLock(dir, { bootId: "one", clock });
  const mine = JSON.parse(readFileSync(path, "utf8"));
  lock.release();
  for (const content of [
    JSON.stringify({ ...mine, process_start: "1" }),
    JSON.stringify({ ...mine, pid: 2 ** 22 + 1 }),
    "{",
  ]) {
    writeFileSync(path, content);
    expect(readLock(dir)).toBeUndefined();
    (await acquireLock(dir, { bootId: "two", clock })).release();
  }
});

test("a directory that cannot be written is named with its remedy", async () => {
  const dir = newDir();
  writeFileSync(join(dir, "file"), "");
  await expect(acquireLock(join(dir, "file"), { bootId: "one", clock })).rejects.toMatchObject({ code: "lock_failed" });
});

test("a guard file that was deleted below a living process lets nobody in", async () => {
  const dir = newDir();
  const holder = startHolder(dir);
  expect(await holder.said()).toBe("held");
  rmSync(join(dir, "vigia.lock.guard"));
  await expect(acquireLock(dir, { bootId: "two", clock })).rejects.toMatchObject({ code: "already_running" });
  expect(readLock(dir)?.pid).toBe(holder.child.pid);
  await holder.end();
  (await acquireLock(dir, { bootId: "three", clock })).release();
});

test("a directory where the lock's file belongs is named, and the guard is free again", async () => {
  const dir = newDir();
  mkdirSync(join(dir, "vigia.lock"));
  await expect(acquireLock(dir, { bootId: "one", clock })).rejects.toMatchObject({ code: "lock_failed" });
  rmSync(join(dir, "vigia.lock"), { recursive: true });
  (await acquireLock(dir, { bootId: "two", clock })).release();
});
