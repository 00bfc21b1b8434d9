import { describe, expect, test } from "bun:test";
import {
  readAmbitoHistory,
  readAmbitoLast,
  readArgentinaDatos,
} from "../../../../src/systems/recommendations/sources/country-risk.ts";
import { fixture } from "../../../support/sources.ts";
import { openBench } from "./source-bench.ts";

describe("reading country risk", () => {
  test("row 14: decimal comma, dot for thousands, day first; unreadable rows are left out", () => {
    expect(readAmbitoHistory(fixture("ambito_history"))).toEqual([
      { date: "2026-02-25", value: 551 },
      { date: "2026-02-26", value: 548 },
      { date: "2026-02-27", value: 1510.5 },
    ]);
    expect(readAmbitoLast(fixture("ambito_last"))).toEqual([{ date: "2026-03-02", value: 557 }]);
    expect(readAmbitoLast({ ultimo: "1.557", fecha: "24-04-2026" })).toEqual([{ date: "2026-04-24", value: 1557 }]);
    expect(readAmbitoLast({ ultimo: "557.5", fecha: "24-04-2026" })).toEqual([{ date: "2026-04-24", value: 557.5 }]);
    expect(readArgentinaDatos(fixture("argentinadatos_last"))).toEqual([{ date: "2026-02-27", value: 549 }]);
  });

  test.each([[null], [[]], [{}], ["x"], [[["Fecha", "Puntos"]]], [{ ultimo: "-", fecha: "hoy" }]])(
    "%p has none",
    (body) => {
      expect([readAmbitoHistory(body), readAmbitoLast(body), readArgentinaDatos(body)]).toEqual([[], [], []]);
    },
  );
});

describe("asking for country risk", () => {
  test("two calls as a browser would make them: history and last value", async () => {
    await using bench = await openBench();
    const macro = await bench.sources.macro(bench.request());
    const risk = "facts" in macro ? macro.facts.countryRisk : [];
    expect(risk.at(-1)).toEqual({ date: "2026-03-02", value: 557 });
    expect(risk.length).toBeGreaterThan(50);
    const asked = bench.replay.requests.filter(({ source }) => source === "ambito");
    expect(asked.map(({ url }) => url.pathname)).toEqual([
      "/riesgopais/historico-general/2026-01-01/2026-03-02",
      "/riesgopais/variacion-ultimo",
    ]);
    expect(asked[0]!.headers.get("referer")).toBe("https://www.ambito.com/");
    expect(asked[0]!.headers.get("user-agent")).toStartWith("Mozilla/5.0");
    expect(bench.replay.asked("argentinadatos")).toEqual([]);
  });

  test("row 14: the second source is used when the first gives nothing", async () => {
    await using bench = await openBench();
    bench.replay.fail("html", "ambito");
    const macro = await bench.sources.macro(bench.request());
    expect(macro).toMatchObject({ status: "fresh", source: expect.stringContaining("argentinadatos") });
    expect(macro).toMatchObject({ facts: { countryRisk: [{ date: "2026-03-02", value: 549 }] } });
  });

  test("row 14: it is optional", async () => {
    await using bench = await openBench();
    bench.replay.fail(500, "ambito", "argentinadatos");
    const macro = await bench.sources.macro(bench.request());
    expect(macro).toMatchObject({
      status: "fresh",
      source: "bcra",
      facts: { countryRisk: [], problems: { countryRisk: expect.stringContaining("500") } },
    });
  });

  test("a live analysis leaves what the next batch needs", async () => {
    await using bench = await openBench();
    for (let run = 0; run < 14; run++) await bench.sources.macro({ ...bench.request(), reserve: 4 });
    expect(bench.replay.asked("ambito")).toHaveLength(16);
  });

  test("a day has at most 20 requests for Ámbito", async () => {
    await using bench = await openBench();
    for (let run = 0; run < 14; run++) await bench.sources.macro(bench.request());
    expect(bench.replay.asked("ambito")).toHaveLength(20);
  });
});
