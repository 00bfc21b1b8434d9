import { describe, expect, test } from "bun:test";
import { gnewsQuery, readGnewsArticles } from "../../../../src/systems/recommendations/sources/gnews.ts";
import { readYahooArticles } from "../../../../src/systems/recommendations/sources/yahoo-news.ts";
import { hasShared, readShared } from "../../../support/shared.ts";
import { fixture, fixtureText } from "../../../support/sources.ts";
import { GNEWS_KEY, openBench, tickerNamed, YPF } from "./source-bench.ts";

const withKey = { GNEWS_API_KEY: GNEWS_KEY };
const LOMA = tickerNamed("LOMA", { companyName: "Loma Negra", aliases: ["Loma Negra", "LOMA ADR"] });

describe("GNews query", () => {
  test("a-10: names are quoted and joined with OR, without a general word", () => {
    expect(gnewsQuery(LOMA)).toBe('"Loma Negra" OR "LOMA ADR"');
    expect(gnewsQuery({ ...LOMA, newsQuery: '("Vista Energy" OR "VIST") AND petróleo' })).toBe(
      '("Vista Energy" OR "VIST") AND petróleo',
    );
  });

  test("never longer than 200 characters", () => {
    const aliases = Array.from({ length: 30 }, (_, index) => `Compañía número ${index}`);
    for (const ticker of [
      { ...LOMA, aliases },
      { ...LOMA, aliases: ["x".repeat(400)] },
      { ...LOMA, newsQuery: "y".repeat(201) },
    ])
      expect(gnewsQuery(ticker).length).toBeLessThanOrEqual(200);
    expect(gnewsQuery({ ...LOMA, aliases: [] })).toBe('"Loma Negra"');
  });
});

describe("reading news", () => {
  test("row 12: a missing description, id, language or information is no fault", () => {
    expect(readGnewsArticles(fixture("gnews_missing_description"))).toEqual([
      {
        title: "YPF aprobó el pago de un dividendo",
        description: null,
        url: "https://diario.example.com/1",
        source: "Diario Ejemplo",
        publishedAt: "2026-03-02T08:00:00.000Z",
        lang: null,
      },
    ]);
  });

  test("articles without title, address or time are left out", () => {
    const [good] = (fixture("gnews_ok") as { articles: object[] }).articles;
    const bad = [{ title: null }, { url: "" }, { publishedAt: "soon" }].map((fault) => ({ ...good, ...fault }));
    expect(readGnewsArticles({ articles: [...bad, good, null, "x"] })).toHaveLength(1);
    const news = [{ title: "t", link: "https://a.example", providerPublishTime: 1e300 }, { title: "t" }, 7];
    expect(readYahooArticles({ news })).toEqual([]);
  });

  test.skipIf(!hasShared)("row 12: the recorded answer", async () => {
    const [article] = readGnewsArticles(await readShared("data/fixtures/gnews_v4_search.json"));
    expect(article).toMatchObject({
      title: "M5 chip leak reveals Apple has big gains coming in key area",
      source: "9to5Mac",
      publishedAt: "2025-09-30T19:38:25.000Z",
      lang: "en",
    });
  });

  test("Yahoo's headlines carry the symbols that it files them under", () => {
    const [first, , third] = readYahooArticles(fixture("yahoo_search_news"));
    expect(first).toMatchObject({ publishedAt: "2026-03-02T10:00:00.000Z", relatedTickers: ["YPF"] });
    expect(third).toMatchObject({ relatedTickers: [] });
  });
});

describe("asking for news", () => {
  test("row 12: dates with Z and without milliseconds, Spanish, Argentina, the configured number", async () => {
    await using bench = await openBench({ ...withKey, MAX_NEWS_PER_TICKER: "7", NEWS_DAYS_LOOKBACK: "5" });
    bench.replay.answer("gnews", () => fixture("gnews_ok"));
    const answer = await bench.sources.news(YPF, bench.request());
    expect(answer).toMatchObject({ status: "fresh", source: "gnews" });
    const titles = "facts" in answer ? answer.facts.articles.map(({ title }) => title) : [];
    expect(titles).toEqual(["YPF sube tras presentar ganancias récord", "Las acciones de YPF caen en Wall Street"]);
    const [url] = bench.replay.asked("gnews");
    expect(url!.pathname).toBe("/api/v4/search");
    expect(Object.fromEntries(url!.searchParams)).toEqual({
      q: '"YPF"',
      lang: "es",
      country: "ar",
      max: "7",
      in: "title,description",
      from: "2026-02-25T12:00:00Z",
      sortby: "publishedAt",
      apikey: GNEWS_KEY,
    });
  });

  test("row 12: 403 is the day's quota: nothing more is asked until 00:00 UTC, in no run", async () => {
    await using bench = await openBench(withKey, { now: "2026-03-02T22:00:00.000Z" });
    bench.replay.answer("gnews", () => new Response(fixtureText("gnews_error_403_quota"), { status: 403 }));
    bench.replay.fail(503, "yahoo-news");
    const refused = await bench.sources.news(YPF, bench.request());
    expect(refused).toMatchObject({ status: "error", source: "gnews", reason: expect.stringContaining("quota") });
    bench.startRun();
    await bench.sources.news(LOMA, bench.request());
    bench.clock.jump(110 * 60_000);
    await bench.sources.news(LOMA, bench.request());
    expect(bench.replay.asked("gnews")).toHaveLength(1);
    bench.clock.jump(15 * 60_000);
    bench.replay.answer("gnews", () => fixture("gnews_empty"));
    await bench.sources.news(LOMA, bench.request());
    expect(bench.replay.asked("gnews")).toHaveLength(2);
  });

  test("401 leaves GNews alone for the run; a 400 costs only its ticker", async () => {
    await using bench = await openBench(withKey);
    bench.replay.answer("gnews", () => new Response(fixtureText("gnews_error_400"), { status: 400 }));
    await bench.sources.news(YPF, bench.request());
    bench.replay.answer("gnews", () => new Response(fixtureText("gnews_error_401"), { status: 401 }));
    await bench.sources.news(LOMA, bench.request());
    await bench.sources.news(YPF, bench.request());
    expect(bench.replay.asked("gnews")).toHaveLength(2);
  });

  test("row 8: without a key Yahoo's headlines are used, those about others left out", async () => {
    await using bench = await openBench();
    bench.replay.answer("yahoo-news", () => fixture("yahoo_search_news"));
    const answer = await bench.sources.news(YPF, bench.request());
    expect(answer).toMatchObject({ status: "fresh", source: "yahoo" });
    const urls = "facts" in answer ? answer.facts.articles.map(({ url }) => url) : [];
    expect(urls).toEqual(["https://news.example.com/ypf-output", "https://news.example.com/ypf-dividend"]);
    expect(bench.replay.asked("gnews")).toEqual([]);
  });

  test("GNews without an article: Yahoo is asked; when it fails, silence is the answer", async () => {
    await using bench = await openBench(withKey);
    bench.replay.answer("gnews", () => fixture("gnews_empty"));
    expect(await bench.sources.news(YPF, bench.request())).toMatchObject({ source: "yahoo" });
    bench.replay.fail(503, "yahoo-news");
    const silent = await bench.sources.news(LOMA, bench.request());
    expect(silent).toMatchObject({ status: "fresh", source: "gnews", facts: { articles: [] } });
  });

  test("a-20: an analysis of a past day sees no later article and does not ask who knows only today", async () => {
    await using bench = await openBench(withKey);
    bench.replay.answer("gnews", () => fixture("gnews_ok"));
    const answer = await bench.sources.news(YPF, bench.request("2026-02-28"));
    const titles = "facts" in answer ? answer.facts.articles.map(({ title }) => title) : [];
    expect(titles).toEqual(["Las acciones de YPF caen en Wall Street"]);
    expect(bench.replay.asked("gnews")[0]!.searchParams.get("to")).toBe("2026-02-28T23:59:59Z");
    await using keyless = await openBench();
    expect(await keyless.sources.news(YPF, keyless.request("2026-02-20"))).toMatchObject({ status: "missing" });
    expect(keyless.replay.requests).toEqual([]);
  });

  test("stored headlines stand in for one day, then nothing does", async () => {
    await using bench = await openBench();
    await bench.sources.news(YPF, bench.request());
    bench.replay.fail("network");
    bench.clock.jump(86_400_000);
    bench.startRun();
    const stored = await bench.sources.news(YPF, bench.request());
    expect(stored).toMatchObject({ status: "stale", source: "yahoo", asOf: "2026-03-02" });
    bench.clock.jump(86_400_000);
    bench.startRun();
    expect(await bench.sources.news(YPF, bench.request())).toMatchObject({ status: "error", source: "yahoo" });
  });
});
