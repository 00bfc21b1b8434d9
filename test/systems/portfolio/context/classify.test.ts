import { describe, expect, test } from "bun:test";
import { computeBias } from "../../../../src/systems/portfolio/context/bias.ts";
import { assessRisk, classifyOverall, classifyRegime } from "../../../../src/systems/portfolio/context/classify.ts";
import type { FearGreedClass, MarketContext } from "../../../../src/systems/portfolio/context/market-context.ts";
import { hasShared, readShared } from "../../../support/shared.ts";

interface MacroRow {
  yield_curve_10y2y: number | null;
  unemployment: number | null;
  regime: string;
  risk_level: string;
  bias: Record<FearGreedClass, MarketContext["bias"]>;
}

describe.skipIf(!hasShared)("the recorded grids", () => {
  test("P21: regime, risk and bias of every pair of figures and every mood", async () => {
    const grid = await readShared<MacroRow[]>("golden/portfolio/context/macro_grid.json");
    expect(grid.length).toBeGreaterThan(0);
    for (const { yield_curve_10y2y: curve, unemployment, regime, risk_level, bias } of grid) {
      const figures = { curve, unemployment };
      expect([figures, classifyRegime(figures)]).toEqual([figures, regime as never]);
      expect([figures, assessRisk(figures)]).toEqual([figures, risk_level as never]);
      for (const [mood, { reasoning, ...expected }] of Object.entries(bias)) {
        const computed = computeBias(classifyRegime(figures), assessRisk(figures), mood as FearGreedClass);
        expect(computed).toMatchObject(expected);
        expect(computed.reasoning).toHaveLength(reasoning.length);
      }
    }
  });

  test("P21: the class of both indices together", async () => {
    const rows = await readShared<{ stocks: number; crypto: number; overall: FearGreedClass }[]>(
      "golden/portfolio/context/overall_sentiment.json",
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { stocks, crypto, overall } of rows)
      expect([stocks, crypto, classifyOverall(stocks, crypto)]).toEqual([stocks, crypto, overall]);
  });
});

describe("limits", () => {
  test("P20: a missing index gives no class, and no mood adds nothing to the bias", () => {
    expect([classifyOverall(null, 20), classifyOverall(20, null), classifyOverall(null, null)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(computeBias("unknown", "medium", null)).toEqual(computeBias("unknown", "medium", "neutral"));
  });

  test.each([
    [24, "extreme_fear"],
    [25, "fear"],
    [45, "neutral"],
    [55, "greed"],
    [75, "extreme_greed"],
    [100, "extreme_greed"],
  ] as const)("%d begins %s", (index, expected) => {
    expect(classifyOverall(index, index)).toBe(expected);
  });

  test("the adjustment stays within -1 and 1, and every reason is a sentence", () => {
    expect(computeBias("recesión", "high", "extreme_greed").risk_adjustment).toBe(-1);
    expect(computeBias("expansión", "low", "extreme_fear").risk_adjustment).toBe(1);
    expect(computeBias("recesión", "high", "extreme_greed").reasoning.every((reason) => reason.endsWith("."))).toBe(
      true,
    );
  });
});
