import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHttpDoor } from "../../src/net/door.ts";
import { createFakeClock } from "../support/clock.ts";
import { createMemoryLog, QUICK_PEER, request } from "./harness.ts";

let server: ReturnType<typeof Bun.serve>;
let answered = 0;
beforeAll(() => {
  server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(String(++answered)) });
});
afterAll(() => server.stop(true));

const openDoor = () =>
  createHttpDoor({
    db: null,
    clock: createFakeClock("2026-03-02T12:00:00.000Z"),
    random: () => 0.5,
    log: createMemoryLog().log,
    defaultTimeoutMs: 5_000,
  });
const peer = () => ({ ...QUICK_PEER, hosts: [`127.0.0.1:${server.port}`] });
const ask = () => request({ url: `http://127.0.0.1:${server.port}/` });

test("a door without a store sends, and counts nothing", async () => {
  const door = openDoor();
  const http = door.clientFor("db", [peer()]);
  expect((await http.call("quotes", ask())).status).toBe(200);
  expect(await http.budgetLeft("quotes")).toBe(Number.POSITIVE_INFINITY);
  expect(await door.usageToday()).toMatchObject([{ system: "db", used: 0, resets_at: "2026-03-03T00:00:00.000Z" }]);
  await door.close();
});

test("it refuses a peer whose daily limit it could not keep, before anything leaves", async () => {
  const before = answered;
  const door = openDoor();
  const http = door.clientFor("db", [{ ...peer(), dailyLimit: 5 }]);
  await expect(http.call("quotes", ask())).rejects.toMatchObject({ code: "no_ledger" });
  expect(answered).toBe(before);
  await door.close();
});
