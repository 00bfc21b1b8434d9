import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { HttpClient } from "../../../../src/net/client.ts";
import { loadSettings } from "../../../../src/settings.ts";
import { portfolioPeers } from "../../../../src/systems/portfolio/peers.ts";
import { type Bench, openBench } from "../../../net/harness.ts";
import { json, reset, status } from "../../../support/faults.ts";
import { type CycleBench, openCycleBench } from "./cycle-bench.ts";
import { leaping, walk } from "./price-table.ts";
import { FRIDAY, MONDAY, MONDAY_EVENING, moveTo, USER_1, USER_2 } from "./stage.ts";

const HOOK = "https://hooks.example/services/secret";
/** Of one signal, by the receiver's rules. */
const ATTEMPTS = 4;
const ON = { ALERT_WEBHOOK_URL: HOOK, SVGA_ALERT_WEBHOOK: "true" };

let receiver: Bench;
beforeEach(async () => {
  receiver = await openBench();
});
afterEach(() => receiver[Symbol.asyncDispose]());

/** A cycle over `symbols`, each of which leaps on Friday, for one user. The receiver takes `slowMs` of the bench's time. */
async function openLeaping(
  settings: Record<string, string>,
  symbols = ["AAA", "BBB"],
  { slowMs = 0 } = {},
): Promise<CycleBench> {
  const env = { MARKET_DATA: "csv", MARKET_DATA_DIR: "/", ...settings };
  // The real rules without their waits.
  const peers = portfolioPeers(loadSettings(env).settings).map((peer) => ({
    ...peer,
    delaysMs: [1],
    timeoutMs: 2_000,
  }));
  const door = receiver.door.clientFor("portfolio", peers);
  const http: HttpClient = {
    ...door,
    async call(peer, request) {
      await bench.clock.advance(slowMs);
      return door.call(peer, request);
    },
  };
  const bench: CycleBench = await openCycleBench({ settings, http });
  await bench.universe(["AAA"]);
  for (const [index, symbol] of symbols.entries())
    bench.table.give(symbol, leaping(walk(index + 1, { until: FRIDAY, count: 120 })));
  await bench.user({ userId: USER_1, holds: { A: symbols } });
  return bench;
}

interface Told {
  id: string;
  level: string;
  title: string;
  text: string;
}
const told = (): Told[] => receiver.server.requests.map(({ body }) => JSON.parse(body));
const waiting = async ({ sql }: CycleBench) =>
  Number((await sql("select count(*) as count from portfolio_alerts where delivered_at is null"))[0]!.count);

describe("signals to the webhook", () => {
  test.each([{}, { ALERT_WEBHOOK_URL: HOOK }, { SVGA_ALERT_WEBHOOK: "true" }])(
    "are stored and told to nobody by default: %j",
    async (settings) => {
      await using bench = await openLeaping(settings);
      const { result } = await bench.run();
      expect(result.outcome).toBe("ok");
      expect(result.logData).not.toHaveProperty("signals_delivered");
      expect(await waiting(bench)).toBeGreaterThanOrEqual(2);
      expect(told()).toEqual([]);
    },
  );

  test("are told once each, whoever looks again and whatever happens to the bar", async () => {
    await using bench = await openLeaping(ON);
    const { result } = await bench.run();
    const stored = await bench.sql("select * from portfolio_alerts");
    expect(result.logData).toMatchObject({ signals_delivered: stored.length });
    expect(
      told()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(
      stored.map(({ user_id, symbol, type, bar_date }) => `${user_id}/${symbol}/${type}/${bar_date}`).toSorted(),
    );
    const [first] = told();
    expect(first).toMatchObject({ level: "warning", tenant: "default", threshold: null });
    expect(first!.title).toMatch(/^portfolio\.signal: (AAA|BBB) [A-Z_]+ \(2024-03-08\)$/);
    expect(first!.text).toContain("COMPRAR");
    for (const { method, path, host } of receiver.server.requests)
      expect([method, host, path]).toEqual(["POST", "hooks.example", "/services/secret"]);
    // Nobody's name, id or mail stands in the words; the id names the user for the receiver alone.
    for (const { title, text } of told()) expect(title + text).not.toContain(USER_1);

    bench.table.give("AAA", leaping(bench.table.bars("AAA"), 1.4));
    await bench.sql("delete from bars where symbol = 'AAA' and date = ?", FRIDAY);
    moveTo(bench, "2024-03-08T22:30:00.000Z");
    await bench.run();
    moveTo(bench, "2024-03-08T23:30:00.000Z");
    await bench.run();
    expect(told()).toHaveLength(stored.length);
  });

  test("another user's and the next session's are new ones", async () => {
    await using bench = await openLeaping(ON, ["AAA"]);
    await bench.run();
    const before = told().length;
    await bench.user({ userId: USER_2, holds: { A: ["AAA"] } });
    moveTo(bench, "2024-03-08T22:30:00.000Z");
    await bench.run();
    expect(
      told()
        .slice(before)
        .every(({ id }) => id.startsWith(USER_2)),
    ).toBe(true);
    expect(told()).toHaveLength(before * 2);
    const next = { ...bench.table.bars("AAA").at(-1)!, date: MONDAY };
    bench.table.give("AAA", leaping([...bench.table.bars("AAA"), next], 0.5));
    moveTo(bench, MONDAY_EVENING);
    await bench.run();
    const fresh = told().slice(before * 2);
    expect(fresh.length).toBeGreaterThan(0);
    for (const { id } of fresh) expect(id).toEndWith(MONDAY);
  });

  test("a receiver that fails costs the cycle nothing, and gets them with the next one", async () => {
    await using bench = await openLeaping(ON);
    receiver.server.otherwise(status(500));
    const first = await bench.run();
    expect(first.result).toMatchObject({ outcome: "ok", unitsWritten: 4, logData: { signals_delivered: 0 } });
    expect((await bench.files(USER_1)).size).toBe(4);
    const owed = await waiting(bench);
    // One signal's attempts end the round: the others are not tried one by one against a dead receiver.
    expect(new Set(told().map(({ id }) => id)).size).toBe(1);
    expect(bench.lines.filter(({ event }) => event === "portfolio.signal_undelivered")).toHaveLength(1);
    for (const { message, fields } of bench.lines)
      expect(`${message}${JSON.stringify(fields)}`).not.toContain("secret");

    receiver.server.requests.length = 0;
    receiver.server.otherwise(json({}));
    moveTo(bench, "2024-03-08T22:30:00.000Z");
    const second = await bench.run();
    expect(second.result).toMatchObject({ outcome: "ok", nothingNew: true, logData: { signals_delivered: owed } });
    expect(new Set(told().map(({ id }) => id)).size).toBe(owed);
    expect(await waiting(bench)).toBe(0);
  });

  test("a receiver that fails halfway is told the rest, not the start again", async () => {
    await using bench = await openLeaping(ON);
    receiver.server.script(json({}), ...Array.from({ length: ATTEMPTS }, () => reset()));
    await bench.run();
    const [taken] = told();
    const owed = await waiting(bench);
    expect(owed).toBeGreaterThan(0);
    receiver.server.requests.length = 0;
    receiver.server.otherwise(json({}));
    moveTo(bench, "2024-03-08T22:30:00.000Z");
    await bench.run();
    expect(told().map(({ id }) => id)).not.toContain(taken!.id);
    expect(await waiting(bench)).toBe(0);
  });

  test("a look back is told to nobody, and what is older than a week is no news", async () => {
    await using bench = await openLeaping(ON, ["AAA"]);
    moveTo(bench, "2024-03-20T22:00:00.000Z");
    await bench.run({ as_of: FRIDAY });
    expect(await waiting(bench)).toBeGreaterThan(0);
    await bench.run();
    expect(told()).toEqual([]);
  });

  test("a look back of few days is told to nobody either, not even by the next cycle", async () => {
    await using bench = await openLeaping(ON, ["AAA"]);
    moveTo(bench, "2024-03-12T22:00:00.000Z");
    const { runId } = await bench.run({ as_of: FRIDAY });
    await bench.sql("update job_runs set params = ? where id = ?", JSON.stringify({ as_of: FRIDAY }), runId);
    const found = await waiting(bench);
    expect(found).toBeGreaterThan(0);
    const { result } = await bench.run();
    expect(result.logData).toMatchObject({ signals_delivered: 0 });
    expect([told(), await waiting(bench)]).toEqual([[], found]);
    // The same rows of a run in the present would have been news.
    await bench.sql("update job_runs set params = '{}' where id = ?", runId);
    await bench.run();
    expect(told()).toHaveLength(found);
  });

  test("a slow receiver gets what a minute has room for, the next cycle tells the rest", async () => {
    const symbols = Array.from({ length: 16 }, (_, index) => `S${index}`);
    await using bench = await openLeaping(ON, symbols, { slowMs: 20_000 });
    const { result } = await bench.run();
    expect(result).toMatchObject({ outcome: "ok", logData: { signals_delivered: 3 } });
    const owed = await waiting(bench);
    expect(owed).toBeGreaterThan(3);
    const deferred = bench.lines.filter(({ event }) => event === "portfolio.signals_deferred");
    expect(deferred.map(({ fields }) => fields)).toMatchObject([{ waiting: owed }]);
    await bench.run();
    expect(await waiting(bench)).toBe(owed - 3);
    expect(new Set(told().map(({ id }) => id)).size).toBe(6);
  });

  test("a flood is told over several cycles", async () => {
    const symbols = Array.from({ length: 60 }, (_, index) => `S${index}`);
    await using bench = await openLeaping(ON, symbols);
    const { result } = await bench.run();
    const stored = await bench.sql("select * from portfolio_alerts");
    expect(stored.length).toBeGreaterThan(50);
    expect(result.logData!.signals_delivered).toBe(50);
    for (let more = 0; more < 2; more++) await bench.run();
    expect(await waiting(bench)).toBe(0);
    expect(new Set(told().map(({ id }) => id)).size).toBe(stored.length);
    expect(told()).toHaveLength(stored.length);
  });
});
