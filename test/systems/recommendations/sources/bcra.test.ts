import { describe, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { sourceSnapshots } from "../../../../src/db/schema/market.ts";
import { readBcraPage, readBcraQuotations } from "../../../../src/systems/recommendations/sources/bcra-reader.ts";
import { hasShared, readShared } from "../../../support/shared.ts";
import { fixture, fixtureText } from "../../../support/sources.ts";
import { openBench } from "./source-bench.ts";

const POINTS = [
  { date: "2026-02-24", value: 1401.5 },
  { date: "2026-02-25", value: 1403.25 },
  { date: "2026-02-26", value: 1055.5 },
  { date: "2026-02-27", value: 1410 },
];

describe("reading the central bank", () => {
  test.each(["bcra_v2_series", "bcra_v3_series", "bcra_v4_series"])(
    "row 13: %s gives the same series: comma text, any order, nested rows",
    (name) => expect(readBcraPage(fixture(name)).series.get(5)).toEqual(POINTS),
  );

  test.each(["bcra_v2_list", "bcra_v3_list", "bcra_v4_list"])("row 13: %s gives the last value", (name) => {
    expect(readBcraPage(fixture(name)).series.get(5)).toEqual([POINTS[3]!]);
  });

  test.skipIf(!hasShared)("row 13: the recorded lists of v3 and v4", async () => {
    const read = async (name: string) => readBcraPage(await readShared(`data/fixtures/${name}`)).series;
    expect((await read("bcra_v3_monetarias_list.json")).get(1)).toEqual([{ date: "2025-10-21", value: 40540 }]);
    const v4 = await read("bcra_v4_monetarias_list.json");
    expect([...v4.keys()]).toEqual([1, 4]);
    expect(v4.get(4)).toEqual([{ date: "2025-05-26", value: 1215.5 }]);
  });

  test("rows without a readable date or value are left out", () => {
    const detalle = [{ fecha: "2026-02-30", valor: 1 }, { fecha: "2026-02-27", valor: "n/d" }, { valor: 3 }, null];
    expect(readBcraPage({ results: [{ idVariable: 5, detalle }] }).series.get(5)).toEqual([]);
    for (const body of [null, [], {}, { results: "x" }]) expect(readBcraPage(body).series.size).toBe(0);
  });

  test("quotations of a day without a price are left out", () => {
    expect(readBcraQuotations(fixture("bcra_quotations_usd"))).toEqual([
      { date: "2026-02-26", value: 1408 },
      { date: "2026-02-27", value: 1409 },
    ]);
  });
});

describe("asking the central bank", () => {
  test("series 5, 30 and 27 of version 4 over a range that ends at the date of the analysis", async () => {
    await using bench = await openBench();
    await bench.sources.macro(bench.request());
    const asked = bench.replay.asked("bcra");
    const ids = asked.map(({ pathname }) => pathname.replace("/estadisticas/v4.0/Monetarias/", "")).sort();
    expect(ids).toEqual(["27", "30", "5"]);
    for (const { searchParams } of asked) expect(searchParams.get("Hasta")).toBe("2026-03-02");
    const { headers } = bench.replay.requests.find(({ source }) => source === "bcra")!;
    expect(headers.get("accept-language")).toBe("es-AR");
    expect(headers.get("accept")).toBe("application/json");
  });

  test("a-20: CER published ahead is cut at the date of the analysis", async () => {
    await using bench = await openBench();
    const ahead = [
      { fecha: "2026-03-15", valor: 700 },
      { fecha: "2026-03-02", valor: 650 },
    ];
    bench.replay.answer("bcra", () => ({ status: 200, results: [{ idVariable: 30, detalle: ahead }] }));
    const macro = await bench.sources.macro(bench.request());
    const known = [{ date: "2026-03-02", value: 650 }];
    expect(macro).toMatchObject({ facts: { cer: known } });
    const stored = await bench.db.read.select().from(sourceSnapshots).where(eq(sourceSnapshots.key, "macro:cer"));
    expect(stored.map(({ payload }) => payload)).toEqual([known]);
  });

  test.each([404, 410])("row 13: a version withdrawn with %d gives way to an older one, once", async (status) => {
    await using bench = await openBench();
    bench.replay.answer("bcra", (url) =>
      url.pathname.includes("/v2.0/DatosVariable/")
        ? JSON.parse(
            fixtureText("bcra_v2_series").replaceAll('"idVariable": 5', `"idVariable": ${url.pathname.split("/")[4]}`),
          )
        : new Response(fixtureText("bcra_v4_error_404"), { status }),
    );
    const first = await bench.sources.macro(bench.request());
    expect(first).toMatchObject({ facts: { usd: POINTS } });
    const before = bench.replay.asked("bcra").length;
    await bench.sources.macro(bench.request());
    const later = bench.replay.asked("bcra").slice(before);
    expect(later.map(({ pathname }) => pathname.split("/")[2])).toEqual(["v2.0", "v2.0", "v2.0"]);
  });

  test("pages until a short one", async () => {
    await using bench = await openBench();
    const full = Array.from({ length: 1_000 }, () => ({ fecha: "2026-02-26", valor: 1_400 }));
    bench.replay.answer("bcra", (url) => {
      const isFirst = url.searchParams.get("Offset") === "0";
      const detalle = isFirst ? full : [{ fecha: "2026-02-27", valor: 1_410 }];
      return { status: 200, results: [{ idVariable: Number(url.pathname.split("/").at(-1)), detalle }] };
    });
    const macro = await bench.sources.macro(bench.request());
    expect(macro).toMatchObject({ facts: { usd: [{ value: 1_400 }, { date: "2026-02-27", value: 1_410 }] } });
    expect(bench.replay.asked("bcra")).toHaveLength(6);
  });

  test("a passing 503 or 500 is retried", async () => {
    await using bench = await openBench();
    const statuses = [503, 500];
    bench.replay.answer("bcra", (url) => {
      const status = statuses.shift();
      if (status) return new Response(fixtureText("bcra_v4_error_503"), { status });
      const detalle = [{ fecha: "2026-02-27", valor: 7 }];
      return { status: 200, results: [{ idVariable: Number(url.pathname.split("/").at(-1)), detalle }] };
    });
    expect(await bench.sources.macro(bench.request())).toMatchObject({ status: "fresh", facts: { problems: {} } });
  });

  test("the exchange rate has a spare address", async () => {
    await using bench = await openBench();
    bench.replay.answer("bcra", (url) =>
      url.pathname.endsWith("/Cotizaciones/USD") ? fixture("bcra_quotations_usd") : new Response("", { status: 400 }),
    );
    expect(await bench.sources.macro(bench.request())).toMatchObject({
      facts: { usd: [{ value: 1_408 }, { value: 1_409 }], cer: [], problems: { cer: expect.stringContaining("400") } },
    });
  });

  test("a-23: the host is the one of BCRA_API_URL, this machine included", async () => {
    await using bench = await openBench({ BCRA_API_URL: "http://127.0.0.1:8099" });
    const peer = bench.peers.find(({ name }) => name === "bcra");
    expect(peer!.hosts).toEqual(["127.0.0.1:8099"]);
    await using usual = await openBench();
    expect(usual.peers.find(({ name }) => name === "bcra")!.hosts).toEqual(["api.bcra.gob.ar"]);
  });
});
