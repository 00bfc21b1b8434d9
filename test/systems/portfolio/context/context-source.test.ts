import { describe, expect, test } from "bun:test";
import { sourceSnapshots } from "../../../../src/db/schema/market.ts";
import { addDays, utcDate } from "../../../../src/kit/dates.ts";
import { days, hours, minutes } from "../../../../src/kit/duration.ts";
import { contextPeers } from "../../../../src/systems/portfolio/context/peers.ts";
import { answer, type Fault, html, json, reset, status, truncatedJson } from "../../../support/faults.ts";
import { cryptoAnswer, FRED_KEY, GOOD, HOSTS, openContextBench, stockPage } from "./context-bench.ts";

const NOTHING = { value: null, timestamp: null, fallback: true };

describe("a good day", () => {
  test("P20: every figure names its source and time and is no fallback", async () => {
    await using bench = await openContextBench();
    const { fear_greed, macro } = await bench.load();
    expect(fear_greed).toEqual({
      stocks: {
        value: 33,
        source: "feargreedmeter.com",
        timestamp: expect.stringMatching(/^2026-03-02T12:00/),
        fallback: false,
        classification: "Fear",
      },
      crypto: {
        value: 19,
        source: "alternative.me",
        timestamp: "2026-03-02T00:00:00.000Z",
        fallback: false,
        classification: "Extreme Fear",
      },
      overall: "fear",
    });
    expect(macro).toMatchObject({
      fed_funds: { value: 3.64, source: "FRED", timestamp: "2026-02-01T00:00:00.000Z", fallback: false },
      unemployment: { value: 4.3, timestamp: "2026-01-01T00:00:00.000Z", fallback: false },
      yield_curve_10y2y: { value: 0.62, timestamp: "2026-02-26T00:00:00.000Z", fallback: false },
      regime: "expansión",
      risk_level: "low",
    });
    expect(macro.inflation_yoy).toMatchObject({ fallback: false, timestamp: "2026-01-01T00:00:00.000Z" });
    expect(macro.inflation_yoy.value).toBeCloseTo(3.1, 10);
    expect(bench.lines.filter(({ level }) => level === "warn")).toEqual([]);
  });

  test("P21: regime, risk and bias follow from the figures", async () => {
    await using bench = await openContextBench();
    const { bias } = await bench.load();
    expect(bias).toMatchObject({ recommended_strategy: "growth", risk_adjustment: 1, reasoning: [expect.any(String)] });
  });

  test("six calls, the key only in FRED's query", async () => {
    await using bench = await openContextBench();
    await bench.load();
    expect(bench.server.requests).toHaveLength(6);
    expect(bench.asked("crypto").map(({ path }) => path)).toEqual(["/fng/"]);
    expect(bench.asked("stocks").map(({ path }) => path)).toEqual(["/"]);
    const fred = bench.asked("fred");
    expect(fred.map(({ query }) => query.get("series_id"))).toEqual(["FEDFUNDS", "CPIAUCSL", "UNRATE", "T10Y2Y"]);
    for (const { path, query } of fred) {
      expect(path).toBe("/fred/series/observations");
      expect(query.get("api_key")).toBe(FRED_KEY);
      expect(query.get("sort_order")).toBe("desc");
      expect(query.get("file_type")).toBe("json");
      expect(query.get("observation_end")).toBe("2026-03-02");
    }
    const others = bench.server.requests.filter(({ host }) => host !== HOSTS.fred);
    for (const { query, headers } of others) expect(`${query}${[...headers]}`).not.toContain(FRED_KEY);
  });

  test("three attempts of ten seconds, a second apart, one at once, for every source", () => {
    expect(contextPeers().map(({ name }) => name)).toEqual(["alternative_me", "feargreedmeter", "fred"]);
    for (const peer of contextPeers())
      expect(peer).toMatchObject({
        attempts: 3,
        delaysMs: [1_000, 2_000],
        timeoutMs: 10_000,
        spacingMs: 1_000,
        concurrency: 1,
      });
  });

  test("indices are asked again after an hour, macro figures after twelve, also by another process", async () => {
    await using bench = await openContextBench();
    const first = await bench.load();
    bench.clock.jump(minutes(50));
    expect(await bench.load()).toEqual(first);
    bench.restart();
    expect(await bench.load()).toEqual(first);
    expect(await bench.loadOffline()).toEqual(first);
    expect(bench.server.requests).toHaveLength(6);
    bench.clock.jump(minutes(15));
    await bench.load();
    expect(bench.server.requests).toHaveLength(8);
    expect(bench.asked("fred")).toHaveLength(4);
    bench.clock.jump(hours(11));
    await bench.load();
    expect(bench.asked("fred")).toHaveLength(8);
  });
});

describe("a source that fails", () => {
  const faults: [string, Fault, number][] = [
    ["500", status(500), 3],
    ["404", status(404), 1],
    ["a broken connection", reset(), 3],
    ["a page instead of JSON", html(), 1],
    ["cut JSON", truncatedJson(), 1],
    ["an empty data array", json({ data: [] }), 1],
    ["no data array", json({ data: { value: "19" } }), 1],
    ["null", json(null), 1],
    ["value abc", cryptoAnswer({ value: "abc", value_classification: "Fear" }), 1],
    ["value 150", cryptoAnswer({ value: "150", value_classification: "Extreme Greed" }), 1],
    ["value -1", cryptoAnswer({ value: "-1", value_classification: "Extreme Fear" }), 1],
    ["an empty value", cryptoAnswer({ value: "", value_classification: "Neutral" }), 1],
    ["no time", cryptoAnswer({ value: "50", timestamp: "soon" }), 1],
    ["a time of last month", cryptoAnswer({ value: "50", timestamp: "1769731200" }), 1],
    ["a time of next week", cryptoAnswer({ value: "50", timestamp: "1773014400" }), 1],
  ];
  test.each(faults)(
    "P20: crypto index, %s: null and fallback, never 50; the others are there",
    async (_, fault, calls) => {
      await using bench = await openContextBench();
      bench.answers.crypto = fault;
      const { fear_greed, macro } = await bench.load();
      expect(fear_greed.crypto).toEqual({ ...NOTHING, source: "alternative.me", classification: null });
      expect(fear_greed.overall).toBeNull();
      expect(fear_greed.stocks).toMatchObject({ value: 33, fallback: false });
      expect(macro.fed_funds.fallback).toBe(false);
      expect(bench.asked("crypto")).toHaveLength(calls);
      const [line, ...more] = bench.lines.filter(({ event }) => event === "source.failed");
      expect(line).toMatchObject({ level: "warn", fields: { source: "alternative.me", figure: "crypto" } });
      expect(more).toEqual([]);
    },
  );

  const pages: [string, Fault][] = [
    ["500", status(500)],
    ["a page of something else", html()],
    ["garbage", answer("<<<div class='text-4xl'>>><>33<<<\u0000<!--")],
    ["an empty page", answer("")],
    ["value abc", answer(stockPage("abc"))],
    ["value 150", answer(stockPage("150"))],
    ["value -5", answer(stockPage("-5"))],
    ["no value", answer(stockPage(""))],
  ];
  test.each(pages)("P20: stock index, %s: null and fallback, never 50", async (_, fault) => {
    await using bench = await openContextBench();
    bench.answers.stocks = fault;
    const { fear_greed } = await bench.load();
    expect(fear_greed.stocks).toEqual({ ...NOTHING, source: "feargreedmeter.com", classification: null });
    expect(fear_greed.crypto.value).toBe(19);
    expect(fear_greed.overall).toBeNull();
  });

  test("P20: the stock page with other classes is still read", async () => {
    await using bench = await openContextBench();
    bench.answers.stocks = answer(stockPage("33", "mt-2 text-center text-6xl font-bold text-slate-50"));
    const { fear_greed } = await bench.load();
    expect(fear_greed.stocks).toMatchObject({ value: 33, classification: "Fear", fallback: false });
  });

  test("P20: no source answers in time: everything is missing after ten seconds each, nothing is invented", async () => {
    await using bench = await openContextBench();
    const hang: Fault = () => bench.clock.reachLimits();
    Object.assign(bench.answers, { crypto: hang, stocks: hang, fred: hang });
    const { fear_greed, macro, bias } = await bench.load();
    expect(fear_greed.stocks).toMatchObject(NOTHING);
    expect(fear_greed.crypto).toMatchObject(NOTHING);
    for (const figure of [macro.fed_funds, macro.inflation_yoy, macro.unemployment, macro.yield_curve_10y2y])
      expect(figure).toEqual({ ...NOTHING, source: "FRED" });
    expect(macro).toMatchObject({ regime: "unknown", risk_level: "medium" });
    expect(bias).toEqual({
      recommended_strategy: "balanced",
      sector_preference: [],
      risk_adjustment: 0,
      reasoning: [],
    });
    const failures = bench.lines.filter(({ event }) => event === "source.failed").map(({ message }) => message);
    const times = failures.filter((message) => message.includes("time limit") && message.includes("3 requests"));
    // After two series FRED counts as down, and the other two do not wait for it.
    expect([failures.length, times.length]).toEqual([6, 4]);
  });

  test("one series of FRED that fails leaves the others alone", async () => {
    await using bench = await openContextBench();
    bench.answers.fred = (socket, request) =>
      (request.query.get("series_id") === "UNRATE" ? status(500) : GOOD.fred)(socket, request);
    const { macro } = await bench.load();
    expect(macro.unemployment).toEqual({ ...NOTHING, source: "FRED" });
    expect(macro.yield_curve_10y2y.value).toBe(0.62);
    expect(macro.regime).toBe("unknown");
  });

  test("it is left alone for half an hour", async () => {
    await using bench = await openContextBench();
    bench.answers.crypto = status(500);
    await bench.load();
    bench.clock.jump(minutes(15));
    await bench.load();
    expect(bench.asked("crypto")).toHaveLength(3);
    bench.answers.crypto = GOOD.crypto;
    bench.clock.jump(minutes(16));
    expect((await bench.load()).fear_greed.crypto).toMatchObject({ value: 19, fallback: false });
  });

  test("FRED's key shows in no log line and no stored row", async () => {
    await using bench = await openContextBench();
    bench.answers.fred = json(
      { error_code: 400, error_message: `The value ${FRED_KEY} is not registered.` },
      { status: 400 },
    );
    const context = await bench.load();
    expect(context.macro.fed_funds).toEqual({ ...NOTHING, source: "FRED" });
    expect(bench.asked("fred")).not.toHaveLength(0);
    expect(bench.lines).not.toHaveLength(0);
    expect(JSON.stringify([bench.lines, context, await bench.db.read.select().from(sourceSnapshots)])).not.toContain(
      FRED_KEY,
    );
  });

  test("an abort is no fault of a source: it rejects and nothing is stored", async () => {
    await using bench = await openContextBench();
    const controller = new AbortController();
    const stop: Fault = () => controller.abort(new Error("stopped"));
    Object.assign(bench.answers, { crypto: stop, stocks: stop, fred: stop });
    const thrown = await bench.load(controller.signal).catch((reason: unknown) => reason);
    expect(thrown).toEqual(new Error("stopped"));
    expect(await bench.db.read.select().from(sourceSnapshots)).toEqual([]);
    expect(bench.lines.filter(({ event }) => event === "source.failed")).toEqual([]);
  });
});

describe("the last good answer", () => {
  test("P20: an index is shown as fallback for three days, then it is missing", async () => {
    await using bench = await openContextBench();
    const { fear_greed: good } = await bench.load();
    Object.assign(bench.answers, { crypto: status(503), stocks: status(503) });
    bench.clock.jump(days(3));
    const { fear_greed: old } = await bench.load();
    expect(old.stocks).toEqual({ ...good.stocks, fallback: true });
    expect(old.crypto).toEqual({ ...good.crypto, fallback: true });
    expect(old.overall).toBe("fear");
    const failures = bench.lines.filter(({ event }) => event === "source.failed");
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringContaining("2026-03-02T12:00"),
      expect.stringContaining("2026-03-02T12:00"),
    ]);
    bench.clock.jump(days(1));
    const { fear_greed: gone } = await bench.load();
    expect(gone.stocks).toMatchObject({ ...NOTHING, classification: null });
    expect(gone.crypto).toMatchObject(NOTHING);
  });

  test("a macro figure is shown as fallback for sixty days", async () => {
    await using bench = await openContextBench();
    await bench.load();
    bench.answers.fred = status(503);
    bench.clock.jump(days(60));
    expect((await bench.load()).macro.unemployment).toMatchObject({ value: 4.3, fallback: true });
    bench.clock.jump(days(1));
    expect((await bench.load()).macro.unemployment).toEqual({ ...NOTHING, source: "FRED" });
  });

  test("of a later day than the clock's is not known yet", async () => {
    await using bench = await openContextBench();
    await bench.load();
    bench.clock.jump(-days(2));
    expect((await bench.loadOffline()).fear_greed.stocks.value).toBeNull();
  });

  test("ten days of each figure are kept", async () => {
    await using bench = await openContextBench();
    for (let day = 0; day < 12; day++) {
      bench.answers.crypto = cryptoAnswer({
        value: String(day),
        timestamp: String(bench.clock.now().getTime() / 1_000),
      });
      await bench.load();
      bench.clock.jump(days(1));
    }
    const rows = await bench.db.read.select().from(sourceSnapshots);
    expect(
      rows
        .filter(({ key }) => key === "context:crypto")
        .map(({ asOf }) => asOf)
        .sort()
        .at(0),
    ).toBe("2026-03-04");
    expect(rows.filter(({ key }) => key === "context:crypto")).toHaveLength(10);
  });
});

describe("without network", () => {
  test("no FRED key: macro figures are missing and nothing is asked", async () => {
    await using bench = await openContextBench({ fredApiKey: null });
    const { macro, fear_greed } = await bench.load();
    expect(macro).toMatchObject({ fed_funds: { ...NOTHING, source: "FRED" }, regime: "unknown" });
    expect(fear_greed.stocks.value).toBe(33);
    expect(bench.asked("fred")).toEqual([]);
    expect(bench.lines.filter(({ level }) => level === "warn")).toEqual([]);
  });

  test("csv never calls: stored answers are fallbacks, without them all is missing", async () => {
    await using bench = await openContextBench({ dataSource: "csv" });
    const { fear_greed, macro } = await bench.load();
    expect([fear_greed.stocks, fear_greed.crypto, macro.inflation_yoy]).toMatchObject([NOTHING, NOTHING, NOTHING]);
    expect(bench.server.requests).toEqual([]);
  });

  test("csv shows what an earlier run with network stored", async () => {
    await using bench = await openContextBench();
    await bench.load();
    bench.restart("csv");
    const { fear_greed, macro } = await bench.load();
    expect(fear_greed.stocks).toMatchObject({ value: 33, source: "feargreedmeter.com", fallback: true });
    expect(macro.unemployment).toMatchObject({ value: 4.3, fallback: true });
    expect(bench.server.requests).toHaveLength(6);
  });

  test("a look back sees what was stored by the end of its day, and nothing of later ones", async () => {
    await using bench = await openContextBench();
    await bench.load();
    const fetchedOn = utcDate(bench.clock.now());
    const endOf = (date: string) => new Date(`${addDays(date, 1)}T00:00:00Z`);
    expect((await bench.loadOffline(endOf(addDays(fetchedOn, -1)))).fear_greed.stocks).toMatchObject(NOTHING);
    expect((await bench.loadOffline(endOf(fetchedOn))).fear_greed.stocks.value).toBe(33);
    expect(bench.server.requests).toHaveLength(6);
  });

  test("sample figures say so, are the same for a date, and touch neither network nor database", async () => {
    await using bench = await openContextBench({ dataSource: "sample" });
    const context = await bench.load();
    bench.restart();
    expect(await bench.loadOffline()).toEqual(context);
    const { stocks, crypto } = context.fear_greed;
    const { regime: _, risk_level: __, ...figures } = context.macro;
    for (const figure of [stocks, crypto, ...Object.values(figures)]) {
      expect(figure).toMatchObject({ source: "sample", fallback: false, value: expect.any(Number) });
    }
    bench.clock.jump(days(5));
    expect((await bench.load()).fear_greed).not.toEqual(context.fear_greed);
    expect(bench.server.requests).toEqual([]);
    expect(await bench.db.read.select().from(sourceSnapshots)).toEqual([]);
  });
});
