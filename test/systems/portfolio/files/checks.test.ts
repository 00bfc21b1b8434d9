import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addDays } from "../../../../src/kit/dates.ts";
import { computeChecks } from "../../../../src/systems/portfolio/files/checks.ts";
import { computeFall } from "../../../../src/systems/portfolio/files/drawdown.ts";
import { computePositions } from "../../../../src/systems/portfolio/files/positions.ts";
import type { ReportAsset } from "../../../../src/systems/portfolio/files/user-report.ts";
import type { Holding } from "../../../../src/systems/portfolio/people/user-portfolio.ts";
import { analysis, asset, holding, walk } from "./fixtures.ts";

const checksOf = (assets: ReportAsset[], holdings: Holding[] = []) =>
  computeChecks({ assets }, computePositions(holdings, assets));

const valued = (symbol: string, price: number, closes = walk(symbol.charCodeAt(0))) =>
  asset(symbol, analysis(symbol, { price }), { closes });

const closesOf = (values: number[], from = "2021-01-01") => ({
  dates: values.map((_, index) => addDays(from, index)),
  values: Float64Array.from(values),
});

describe("concentration", () => {
  const weights = (...percents: number[]) => {
    const symbols = percents.map((_, index) => String.fromCharCode(65 + index));
    return checksOf(
      symbols.map((symbol) => valued(symbol, 1)),
      symbols.map((symbol, index) => holding(symbol, percents[index]!, 1)),
    ).concentration;
  };

  test("half, a quarter and less are told apart, with the figures behind the words", () => {
    expect(weights(60, 40)).toMatchObject({
      state: "attention",
      groups: [{ largest_symbol: "A", largest_weight_percent: 60 }],
    });
    expect(weights(60, 40).sentences[0]).toContain("más de la mitad");
    expect(weights(30, 20, 20, 20, 10).sentences[0]).toContain("más de la cuarta parte");
    expect(weights(20, 20, 20, 20, 20).state).toBe("ok");
    expect(weights(20, 20, 20, 20, 20).groups[0]).toMatchObject({
      positions: 5,
      equivalent_positions: expect.closeTo(5),
    });
  });

  test("the three largest are named when they outweigh the rest", () => {
    const { groups, sentences } = weights(24, 24, 24, 14, 14);
    expect(groups[0]).toMatchObject({
      top_three_symbols: ["A", "B", "C"],
      top_three_weight_percent: expect.closeTo(72),
    });
    expect(sentences.join(" ")).toContain("72,00 %");
  });

  test("a single position says so", () =>
    expect(weights(5).sentences).toEqual(["Hay una sola posición valuada en USD, A: todo depende de ella."]));

  test("without quantities there is not enough data", () => {
    expect(checksOf([valued("A", 1)]).concentration).toMatchObject({ state: "not_enough_data", groups: [] });
  });

  test("the index lies between one over the count and one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (percents) => {
          const { hhi, positions, equivalent_positions } = weights(...percents).groups[0]!;
          expect(hhi).toBeGreaterThanOrEqual(1 / positions - 1e-9);
          expect(hhi).toBeLessThanOrEqual(1 + 1e-9);
          expect(equivalent_positions).toBeCloseTo(1 / hhi, 9);
        },
      ),
    );
  });
});

describe("currency", () => {
  test("one, several and unknown currencies are named", () => {
    const several = checksOf([valued("A", 1), asset("B", analysis("B"), { currency: "ARS" })]).currency;
    expect(several).toMatchObject({ state: "attention", currencies: ["USD", "ARS"], count: 2 });
    expect(checksOf([valued("A", 1)]).currency.state).toBe("ok");
    const nameless = checksOf([asset("B", analysis("B"), { currency: null })]).currency;
    expect(nameless).toMatchObject({ state: "not_enough_data", without_currency: ["B"] });
    expect(checksOf([asset("B", { error: "x" })]).currency.state).toBe("not_enough_data");
  });
});

describe("drawdown", () => {
  test("the largest fall is measured from the peak before it, with both dates", () => {
    const dates = ["2021-01-01", "2021-01-02", "2021-01-03", "2021-01-04", "2021-01-05"];
    expect(computeFall([100, 120, 90, 130, 104], dates)).toEqual({
      fall_percent: -25,
      peak_date: "2021-01-02",
      trough_date: "2021-01-03",
    });
    expect(computeFall([1, 2, 3], dates)).toEqual({ fall_percent: 0, peak_date: null, trough_date: null });
  });

  test("it is the least of all ratios of a later to an earlier price", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }),
        (values) => {
          let least = 1;
          for (let from = 0; from < values.length; from++)
            for (let to = from; to < values.length; to++) least = Math.min(least, values[to]! / values[from]!);
          expect(computeFall(values, values.map(String)).fall_percent).toBeCloseTo((least - 1) * 100, 9);
        },
      ),
    );
  });

  test("the portfolio's fall adds quantity × close on the days that all positions have", () => {
    const up = Array.from({ length: 30 }, (_, index) => 100 + index);
    const down = Array.from({ length: 25 }, (_, index) => 200 - index);
    // The second begins five days later: 25 common days.
    const assets = [valued("A", 129, closesOf(up)), valued("B", 176, closesOf(down, "2021-01-06"))];
    const { drawdown } = checksOf(assets, [holding("A", 1, 1), holding("B", 3, 1)]);
    const sums = down.map((close, index) => up[index + 5]! + 3 * close);
    expect(drawdown.portfolio).toHaveLength(1);
    expect(drawdown.portfolio[0]).toMatchObject({
      currency: "USD",
      common_dates: 25,
      first_date: "2021-01-06",
      last_date: "2021-01-30",
      fall_percent: expect.closeTo((sums.at(-1)! / sums[0]! - 1) * 100, 9),
      peak_date: "2021-01-06",
      trough_date: "2021-01-30",
      positions_left_out: 0,
    });
  });

  test("equal and different calendars give the same sum", () => {
    const values = Array.from(walk(7, 60).values);
    const fallOf = (second: ReturnType<typeof closesOf>) =>
      checksOf([valued("A", 1, closesOf(values)), valued("B", 1, second)], [holding("A", 2, 1), holding("B", 5, 1)])
        .drawdown.portfolio[0]!;
    const longer = closesOf([...values, 50]);
    expect(fallOf(longer)).toEqual(fallOf(closesOf(values)));
  });

  test("too short a history is not enough data, and short sales are left out", () => {
    const short = valued("A", 1, closesOf([1, 2, 3]));
    expect(checksOf([short], [holding("A", 1, 1)]).drawdown).toMatchObject({ state: "not_enough_data", portfolio: [] });
    const sold = checksOf([valued("A", 1), valued("B", 1)], [holding("A", 1, 1), holding("B", -1, 1)]).drawdown;
    expect(sold.portfolio[0]).toMatchObject({ positions: 1, positions_left_out: 1 });
  });
});

describe("correlation", () => {
  const doubled = (closes: ReturnType<typeof walk>) => ({ ...closes, values: closes.values.map((value) => value * 2) });

  test("a pair that moves together is named with its figure and dates", () => {
    const closes = walk(1, 100);
    const { correlation } = checksOf([
      valued("A", 1, closes),
      valued("B", 1, doubled(closes)),
      valued("C", 1, walk(99, 100)),
    ]);
    expect(correlation).toMatchObject({ state: "attention", pairs_compared: 3, pairs_above: 1, symbols_compared: 3 });
    expect(correlation.closest_pairs[0]).toMatchObject({
      symbols: ["A", "B"],
      correlation: expect.closeTo(1, 12),
      common_dates: 100,
    });
    expect(correlation.sentences[0]).toContain("A y B");
  });

  test("it agrees with the textbook formula over the common dates", () => {
    const one = walk(5, 120);
    const gaps = walk(6, 150);
    const other = {
      dates: gaps.dates.filter((_, index) => index % 7 !== 0),
      values: gaps.values.filter((_, index) => index % 7 !== 0),
    };
    const { mean_correlation } = checksOf([valued("A", 1, one), valued("B", 1, other)]).correlation;
    const common = one.dates.filter((date) => other.dates.includes(date));
    const returnsOf = ({ dates, values }: typeof one) =>
      common.slice(1).map((date, index) => values[dates.indexOf(date)]! / values[dates.indexOf(common[index]!)]! - 1);
    expect(mean_correlation).toBeCloseTo(pearson(returnsOf(one), returnsOf(other)), 10);
  });

  test("fewer than 60 common dates, flat prices and bad prices are not enough data", () => {
    const enough = (left: ReturnType<typeof walk>, right: ReturnType<typeof walk>) =>
      checksOf([valued("A", 1, left), valued("B", 1, right)]).correlation.state !== "not_enough_data";
    expect(enough(walk(1, 60), walk(2, 60))).toBe(true);
    expect(enough(walk(1, 59), walk(2, 300))).toBe(false);
    expect(enough(walk(1, 100), closesOf(Array(100).fill(5)))).toBe(false);
    expect(enough(walk(1, 100), closesOf(Array(100).fill(Number.NaN)))).toBe(false);
    expect(enough(walk(1, 100), closesOf(Array(100).fill(0)))).toBe(false);
  });

  test("only the largest forty are compared and ten pairs listed", () => {
    const closes = walk(1, 80);
    const many = Array.from({ length: 60 }, (_, index) => valued(`S${index}`, 1, closes));
    const { correlation } = checksOf(many, [holding("S59", 5, 1)]);
    expect(correlation).toMatchObject({ symbols_compared: 40, pairs_compared: 780, pairs_above: 780 });
    expect(correlation.closest_pairs).toHaveLength(10);
    expect(correlation.closest_pairs[0]!.symbols[0]).toBe("S59");
  });
});

function pearson(left: number[], right: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [leftMean, rightMean] = [mean(left), mean(right)];
  const covariance = mean(left.map((value, index) => (value - leftMean) * (right[index]! - rightMean)));
  const deviation = (values: number[], center: number) => Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
  return covariance / (deviation(left, leftMean) * deviation(right, rightMean));
}
