import { describe, expect, test } from "bun:test";
import { addDays } from "../../../../src/kit/dates.ts";
import { seededRandom } from "../../../../src/kit/random.ts";
import type { MacroFacts, Point } from "../../../../src/systems/recommendations/facts.ts";
import { analyzeMacro } from "../../../../src/systems/recommendations/scoring/analyze-macro.ts";
import { scoreMacro, scoreMacroLegacy } from "../../../../src/systems/recommendations/scoring/macro.ts";
import { readMacroSeries } from "../../../../src/systems/recommendations/scoring/macro-series.ts";
import {
  describeChangeTrends,
  describeLevelTrends,
  impactOf,
  renderMacroText,
} from "../../../../src/systems/recommendations/scoring/macro-texts.ts";
import { hasShared } from "../../../support/shared.ts";
import { soakTimes } from "../../../support/soak.ts";
import { available, dailyPoints, macroFacts, TODAY } from "./facts.ts";
import { expectScore, readGolden } from "./golden.ts";

interface MacroCase {
  usd: number | null;
  cer: number | null;
  inflation: number | null;
  country_risk: number | null;
  score: number;
  interpretation: string;
  trends: Record<string, string>;
  impact: string;
}

describe.skipIf(!hasShared)("recorded scores", async () => {
  const { cases } = await readGolden<{ cases: MacroCase[] }>("pure_macro.json");

  test("row 3: legacy-1 gives every recorded macro score, text, trend and impact", () => {
    expect(cases).toHaveLength(418);
    for (const recorded of cases) {
      const { usd, cer, inflation, country_risk: countryRisk } = recorded;
      const levels = { usd, cer, inflation, countryRisk };
      const { score } = scoreMacroLegacy(levels);
      const where = JSON.stringify(levels);
      expectScore(score, recorded.score, where);
      expect(renderMacroText(levels, score), where).toBe(recorded.interpretation);
      expect(describeLevelTrends(levels) as Record<string, string>, where).toEqual(recorded.trends);
      expect(impactOf(score) as string, where).toBe(recorded.impact);
    }
  });
});

const NOTHING = { usdChange: null, cerChange: null, inflation: null, countryRisk: null };

describe("v2 points", () => {
  test.each([
    ["usdChange", [-5, 1, 1.01, 2, 2.01, 4, 4.01, 8, 8.01], [25, 25, 20, 20, 12, 12, 5, 5, 0]],
    ["cerChange", [0, 1.5, 1.51, 3, 3.01, 6, 6.01, 10, 10.01], [15, 15, 12, 12, 8, 8, 4, 4, 0]],
    ["inflation", [1.9, 2, 4.9, 5, 9.9, 10, 19.9, 20], [35, 25, 25, 15, 15, 5, 5, 0]],
    ["countryRisk", [499, 500, 999, 1000, 1499, 1500, 1999, 2000], [25, 20, 20, 10, 10, 5, 5, 0]],
  ] as const)("%s", (name, values, expected) => {
    const key = ({ usdChange: "usd", cerChange: "cer", inflation: "inflation", countryRisk: "country_risk" } as const)[
      name
    ];
    const points = values.map((value) => scoreMacro({ ...NOTHING, [name]: value }).points[key]);
    expect(points).toEqual([...expected]);
  });

  test("defect a-9: there is no base of 50, so a bad month scores 0 and a good one 100", () => {
    expect(scoreMacro({ usdChange: 30, cerChange: 25, inflation: 25, countryRisk: 2500 }).score).toBe(0);
    expect(scoreMacro({ usdChange: 0, cerChange: 1, inflation: 1.5, countryRisk: 400 }).score).toBe(100);
    expect(scoreMacroLegacy({ usd: 5000, cer: 0, inflation: 25, countryRisk: 2500 }).score).toBe(50);
  });

  test("what is missing is left out, and less than half of the maxima is no score", () => {
    expect(scoreMacro({ ...NOTHING, inflation: 1, cerChange: 1 }).score).toBe(100);
    expect(scoreMacro({ ...NOTHING, usdChange: 0, countryRisk: 900 }).score).toBe(90);
    expect(scoreMacro({ ...NOTHING, usdChange: 0, cerChange: 0 }).score).toBeNull();
    expect(scoreMacro({ ...NOTHING, inflation: 1 }).score).toBeNull();
    expect(scoreMacro(NOTHING).score).toBeNull();
  });
});

describe("reading a series", () => {
  test("gives the change over the 30 days before its latest point", () => {
    const reading = readMacroSeries("usd", dailyPoints(TODAY, 900, 3), TODAY);
    expect(reading).toMatchObject({ status: "fresh", value: 900, date: TODAY });
    expect(reading.changePercent!).toBeCloseTo(3, 10);
  });

  test("sees nothing after the date it is read for", () => {
    const ahead = dailyPoints(addDays(TODAY, 20), 900, 3);
    const cut = ahead.filter(({ date }) => date <= TODAY);
    expect(readMacroSeries("cer", ahead, TODAY)).toEqual(readMacroSeries("cer", cut, TODAY));
    expect(readMacroSeries("cer", ahead, TODAY).date).toBe(TODAY);
  });

  test.each([
    ["usd", 10],
    ["cer", 10],
    ["countryRisk", 7],
    ["inflation", 75],
  ] as const)("%s is fresh for %p days, stale for as many more, then missing", (name, days) => {
    const points = dailyPoints(TODAY, 900, 3);
    const statusAfter = (age: number) => readMacroSeries(name, points, addDays(TODAY, age)).status;
    expect([days, days + 1, 2 * days, 2 * days + 1].map(statusAfter)).toEqual(["fresh", "stale", "stale", "missing"]);
    expect(readMacroSeries(name, points, addDays(TODAY, 2 * days + 1)).value).toBeNull();
  });

  test("has no change when no point is near the day 30 days back, or its value is not positive", () => {
    const latest = { date: TODAY, value: 900 };
    const withBase = (daysBack: number, value = 800) => {
      const base = { date: addDays(TODAY, -daysBack), value };
      return readMacroSeries("usd", [base, latest], TODAY).changePercent;
    };
    expect(withBase(29)).toBeNull();
    expect(withBase(30)).toBeCloseTo(12.5, 10);
    expect(withBase(40)).toBeCloseTo(12.5, 10);
    expect(withBase(41)).toBeNull();
    expect(withBase(30, 0)).toBeNull();
  });
});

test("a step is read against the month before, not across a gap", () => {
  const step = (before: string) =>
    readMacroSeries(
      "inflation",
      [
        { date: before, value: 5 },
        { date: "2024-02-29", value: 4 },
      ],
      TODAY,
    ).stepChange;
  expect(step("2024-01-31")).toBe(-1);
  expect(step("2023-12-31")).toBe(-1);
  expect(step("2023-12-28")).toBeNull();
});

test("trends of v2 are changes: 2 % for the dollar, 0.3 points for inflation, 5 % for the risk", () => {
  expect(describeChangeTrends({ usd: 2.1, inflation: 0.4, countryRisk: 5.1 })).toEqual({
    usd: "rising",
    inflation: "rising",
    risk: "rising",
  });
  expect(describeChangeTrends({ usd: -2.1, inflation: -0.4, countryRisk: -5.1 })).toEqual({
    usd: "falling",
    inflation: "falling",
    risk: "falling",
  });
  expect(describeChangeTrends({ usd: 2, inflation: null, countryRisk: -5 })).toEqual({ usd: "stable", risk: "stable" });
});

describe("analyzeMacro", () => {
  test("v2 scores changes and tells them", () => {
    const analysis = analyzeMacro(available(macroFacts()), TODAY, "v2");
    expect(analysis.metadata.points).toEqual({ usd: 20, cer: 12, inflation: 25, country_risk: 20 });
    expect(analysis.score).toBe(77);
    expect(analysis.indicators).toMatchObject({
      usd_rate: 850,
      inflation_rate: 4,
      inflation_change: -0.5,
      country_risk: 900,
    });
    expect(analysis.metadata).toMatchObject({
      status: "fresh",
      as_of: TODAY,
      trends: { usd: "stable", inflation: "falling", risk: "stable" },
      impact_on_stocks: "positive",
      interpretation:
        "Tipo de cambio estable. Inflación controlada. Riesgo país en niveles altos. Contexto macro favorable para inversiones",
    });
  });

  test("legacy-1 scores levels of the same figures", () => {
    const analysis = analyzeMacro(available(macroFacts()), TODAY, "legacy-1");
    expect(analysis.metadata.points).toEqual({ usd: 5, cer: 10, inflation: 25, country_risk: 20 });
    expect(analysis.score).toBe(100);
  });

  test("a nominal rate over 1,200 costs v2 nothing by itself, defect a-9", () => {
    const at = (last: number) =>
      analyzeMacro(available(macroFacts({ usd: dailyPoints(TODAY, last, 1.9) })), TODAY, "v2");
    expect(at(5_000).score).toBe(at(200).score);
  });

  test("an old input makes the analysis stale, a very old one is left out", () => {
    const old = (days: number) => macroFacts({ usd: dailyPoints(addDays(TODAY, -days), 850, 1.9) });
    expect(analyzeMacro(available(old(12)), TODAY, "v2").metadata).toMatchObject({
      status: "stale",
      inputs: { usd: { status: "stale", as_of: addDays(TODAY, -12) }, cer: { status: "fresh" } },
    });
    const without = analyzeMacro(available(old(21)), TODAY, "v2");
    expect(without.metadata).toMatchObject({ status: "fresh", inputs: { usd: { status: "missing" } } });
    expect(without.metadata.points).not.toHaveProperty("usd");
    expect(without.score).toBe(76);
    expect(analyzeMacro(available(old(12), { status: "embedded" }), TODAY, "v2").metadata.status).toBe("embedded");
  });

  test("the analysis speaks of the date of its latest figure", () => {
    const facts = macroFacts({
      usd: dailyPoints(addDays(TODAY, -2), 850, 1),
      cer: dailyPoints(addDays(TODAY, -1), 300, 1),
    });
    expect(analyzeMacro(available(facts), TODAY, "v2").metadata.as_of).toBe(TODAY);
    const risk = dailyPoints(addDays(TODAY, -3), 900, 0);
    expect(analyzeMacro(available({ ...facts, countryRisk: risk }), TODAY, "v2").metadata.as_of).toBe(
      addDays(TODAY, -1),
    );
  });

  test("too few figures are missing and say why", () => {
    const facts = macroFacts({
      inflation: [],
      countryRisk: [],
      problems: { countryRisk: "HTTP 403", inflation: "HTTP 500" },
    });
    const analysis = analyzeMacro(available(facts), TODAY, "v2");
    expect(analysis).toMatchObject({ score: null, metadata: { status: "missing" } });
    expect(analysis.metadata.error).toBe("Too few figures (inflation: HTTP 500; country_risk: HTTP 403).");
    expect(analysis.indicators?.usd_rate).toBe(850);
  });

  test.each(["v2", "legacy-1"] as const)(
    "no figures at all are missing in %s: the invented constants are gone",
    (profile) => {
      const nothing: MacroFacts = { usd: [], cer: [], inflation: [], countryRisk: [], problems: {} };
      const analysis = analyzeMacro(available(nothing), TODAY, profile);
      expect(analysis).toMatchObject({ score: null, metadata: { status: "missing" } });
      const failed = analyzeMacro({ status: "error", source: "bcra", reason: "Timed out." }, TODAY, profile);
      expect(failed).toMatchObject({ score: null, metadata: { status: "error", error: "Timed out." } });
    },
  );

  test("defect a-21: a value that is not finite is an analysis error", () => {
    const facts = macroFacts({ countryRisk: [{ date: TODAY, value: Number.NaN }] });
    expect(analyzeMacro(available(facts), TODAY, "v2")).toMatchObject({ score: null, metadata: { status: "error" } });
  });

  test("scores stay within 0..100 for any series", () => {
    const random = seededRandom(21);
    const wildSeries = (): Point[] =>
      Array.from({ length: Math.floor(50 * random()) }, (_, index) => ({
        date: addDays("2024-01-10", index + Math.floor(3 * random())),
        value: (random() - 0.1) * 10 ** (5 * random()),
      })).sort((left, right) => (left.date < right.date ? -1 : 1));
    for (let turn = 0; turn < soakTimes(500, 20_000); turn++) {
      const [usd, cer, inflation, countryRisk] = [wildSeries(), wildSeries(), wildSeries(), wildSeries()];
      for (const profile of ["v2", "legacy-1"] as const) {
        const facts = { usd, cer, inflation, countryRisk, problems: {} };
        const { score } = analyzeMacro(available(facts), TODAY, profile);
        expect(score === null || (score >= 0 && score <= 100)).toBe(true);
      }
    }
  });
});
