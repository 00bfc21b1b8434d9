import { describe, expect, test } from "bun:test";
import { sourceSnapshots } from "../../../../src/db/schema/market.ts";
import type { Logger } from "../../../../src/kit/log.ts";
import { createSources } from "../../../../src/systems/recommendations/sources/create-sources.ts";
import { FMP_KEY, GNEWS_KEY, openBench, tickerNamed, YPF } from "./source-bench.ts";

const DAY_MS = 86_400_000;

describe("stored answers", () => {
  test("row 8: without keys every analysis has facts, from sources that need none", async () => {
    await using bench = await openBench();
    expect(await bench.sources.fundamentals(YPF, bench.request())).toMatchObject({ status: "fresh", source: "yahoo" });
    expect(await bench.sources.macro(bench.request())).toMatchObject({ status: "fresh", source: "bcra+ambito" });
    expect(await bench.sources.news(YPF, bench.request())).toMatchObject({ status: "fresh", source: "yahoo" });
    expect(bench.peers.map(({ name }) => name)).toEqual(["yahoo", "bcra", "ambito", "argentinadatos"]);
  });

  test("row 9: without network stored facts are stale, up to their ages", async () => {
    await using bench = await openBench();
    await bench.sources.fundamentals(YPF, bench.request());
    const fresh = await bench.sources.macro(bench.request());
    bench.replay.fail("network");
    const later = async (days: number) => {
      bench.clock.jump(days * DAY_MS);
      bench.startRun();
      return [await bench.sources.fundamentals(YPF, bench.request()), await bench.sources.macro(bench.request())];
    };
    expect(await later(5)).toMatchObject([
      { status: "stale", source: "yahoo", asOf: "2024-12-31" },
      { status: "stale", facts: "facts" in fresh ? { usd: fresh.facts.usd } : {} },
    ]);
    // Country risk lasts 14 days, the exchange rate 20, inflation 150, a report 120.
    expect(await later(10)).toMatchObject([
      { status: "stale" },
      { facts: { countryRisk: [], usd: expect.any(Array) } },
    ]);
    expect(await later(90)).toMatchObject([{ status: "stale" }, { facts: { usd: [], cer: [], countryRisk: [] } }]);
    expect(await later(90)).toMatchObject([{ status: "error" }, { status: "error", source: "bcra" }]);
  });

  test("row 9: a first run without network has nothing, and says why", async () => {
    await using bench = await openBench();
    bench.replay.fail("network");
    const macro = await bench.sources.macro(bench.request());
    expect(macro).toMatchObject({ status: "error", reason: expect.stringContaining("nothing is stored") });
    expect(await bench.sources.fundamentals(YPF, bench.request())).toMatchObject({ status: "error" });
    expect(await bench.sources.news(YPF, bench.request())).toMatchObject({ status: "error" });
    expect(await bench.db.read.select().from(sourceSnapshots)).toEqual([]);
  });

  test("a series that its source did not give makes macro stale and is named", async () => {
    await using bench = await openBench();
    await bench.sources.macro(bench.request());
    bench.replay.answer("bcra", (url) => new Response("", { status: url.pathname.endsWith("/30") ? 400 : 200 }));
    bench.replay.fail("network", "ambito", "argentinadatos");
    const macro = await bench.sources.macro(bench.request());
    expect(macro).toMatchObject({
      status: "stale",
      facts: { problems: { countryRisk: expect.stringContaining("stored") } },
    });
  });

  test("a-20: what was stored later is not seen from an earlier date", async () => {
    await using bench = await openBench();
    await bench.sources.fundamentals(YPF, bench.request());
    bench.replay.fail("network");
    bench.startRun();
    expect(await bench.sources.fundamentals(YPF, bench.request("2026-03-01"))).toMatchObject({ status: "error" });
    expect(await bench.sources.fundamentals(YPF, bench.request("2026-03-02"))).toMatchObject({ status: "stale" });
  });

  test("a-20: a past day sees inflation only from its publication on", async () => {
    await using bench = await openBench({}, { now: "2026-06-20T12:00:00.000Z" });
    const lastMonth = async (asOf: string) => {
      const macro = await bench.sources.macro(bench.request(asOf));
      return "facts" in macro ? macro.facts.inflation.at(-1)?.date : undefined;
    };
    expect(await lastMonth("2026-03-10")).toBe("2026-01-31");
    expect(await lastMonth("2026-03-15")).toBe("2026-02-28");
  });
});

describe("MARKET_DATA", () => {
  test("csv: stored answers only, and nothing may be called", async () => {
    await using bench = await openBench();
    await bench.sources.fundamentals(YPF, bench.request());
    await bench.sources.macro(bench.request());
    const asked = bench.replay.requests.length;
    const settings = { ...bench.settings, marketData: "csv" as const };
    const { sources, peers } = createSources({ ...bench, settings, log: bench.log });
    expect(peers).toEqual([]);
    expect(await sources.fundamentals(YPF, bench.request())).toMatchObject({ status: "stale", source: "yahoo" });
    expect(await sources.macro(bench.request())).toMatchObject({ status: "stale", source: "bcra+ambito" });
    expect(await sources.news(YPF, bench.request())).toMatchObject({ status: "missing" });
    expect(await sources.fundamentals(tickerNamed("TEO"), bench.request())).toMatchObject({ status: "missing" });
    expect(bench.replay.requests).toHaveLength(asked);
  });
});

describe("a stopped run", () => {
  test("is no fault of a source: the abort is passed on and nothing is stored", async () => {
    await using bench = await openBench();
    bench.replay.fail("hang");
    const controller = new AbortController();
    const request = { ...bench.request(), signal: controller.signal };
    const asked = [
      bench.sources.fundamentals(YPF, request),
      bench.sources.macro(request),
      bench.sources.news(YPF, request),
    ];
    const settled = Promise.allSettled(asked);
    controller.abort(new Error("time limit of the run"));
    for (const outcome of await settled)
      expect(outcome).toMatchObject({ status: "rejected", reason: { message: "time limit of the run" } });
    expect(await bench.db.read.select().from(sourceSnapshots)).toEqual([]);
  });
});

describe("secrets", () => {
  test("row 34: the text of an error that is not ours is not passed on", async () => {
    await using bench = await openBench({ FMP_API_KEY: FMP_KEY });
    const call = () => Promise.reject(new TypeError(`fetch failed: https://x.example/?apikey=${FMP_KEY}`));
    const http = { call, budgetLeft: async () => 0 };
    const answer = await bench.sources.fundamentals(YPF, { ...bench.request(), http });
    expect(answer).toMatchObject({ status: "error", reason: expect.stringContaining("FMP: could not be read") });
    expect(JSON.stringify(answer)).not.toContain(FMP_KEY);
  });

  test.each([401, 402, 403, 429, 500, "network" as const, "html" as const])(
    "row 34: after %p no key is in logs, stored rows or answers",
    async (fault) => {
      const lines: unknown[] = [];
      const note = (...line: unknown[]) => void lines.push(line);
      const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
      const keys = { FMP_API_KEY: FMP_KEY, GNEWS_API_KEY: GNEWS_KEY };
      await using bench = await openBench(keys, { log });
      const answers: unknown[] = [];
      const askAll = async () => {
        answers.push(await bench.sources.fundamentals(YPF, bench.request()));
        answers.push(await bench.sources.news(YPF, bench.request()));
      };
      await askAll();
      bench.replay.fail(fault, "fmp", "gnews", "yahoo-fundamentals", "yahoo-news");
      bench.startRun();
      await askAll();
      const tables = ["source_snapshots", "http_memory", "http_usage"];
      const rows = await Promise.all(tables.map((table) => bench.db.client.execute(`select * from ${table}`)));
      const everything = JSON.stringify([lines, answers, rows.map((result) => result.rows)]);
      expect(lines.length).toBeGreaterThan(0);
      expect(everything).toContain("fundamentals:YPF");
      expect(everything).not.toContain(FMP_KEY);
      expect(everything).not.toContain(GNEWS_KEY);
    },
  );
});
