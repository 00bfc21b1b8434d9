import { describe, expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import type { Bars } from "../../../../src/market/bars.ts";
import { computeExtraIndicators, type ExtraIndicators } from "../../../../src/market/indicators/extra/index.ts";
import { hasShared, readShared, sharedPath } from "../../../support/shared.ts";
import { computeMainSeries, expectClose, expectSeries, readBars, readGoldenSeries } from "../golden.ts";

interface GalleryCase {
  case: string;
  last_row_all_columns: Record<string, number | null>;
}

describe.skipIf(!hasShared)("recorded extra indicators", async () => {
  const files = await readGoldenSeries();
  const gallery = hasShared ? await readShared<GalleryCase[]>("golden/portfolio/gallery/outputs.intended.json") : [];
  const inputs = hasShared ? await readGalleryBars() : new Map<string, Bars>();

  test.each(files)(
    "P08: every column of $name is within 1e-9 of its record from the same first index",
    ({ bars, columns }) => {
      const extra = computeExtraIndicators(bars);
      const compared = new Set(["open", "high", "low", "close", "volume"]);
      for (const [name, values] of Object.entries({ ...seriesOf(extra), ...computeMainSeries(bars) })) {
        if (columns.has(name)) expectSeries(name, values, columns.get(name)!, toleranceOf(name));
        compared.add(name);
      }
      // Constants and lines over the whole frame: the record's last row is what was known then.
      for (const [name, value] of Object.entries(valuesOf(extra, bars.length))) {
        expectClose(name, value, columns.get(name)!.at(-1)!);
        compared.add(name);
      }
      expect([...columns.keys()].filter((name) => !compared.has(name))).toBeEmpty();
    },
  );

  test.each(files)("P08: the trend lines of $name run through the whole recorded frame", ({ bars, columns }) => {
    const lines = computeExtraIndicators(bars).trendLines20!;
    for (const side of ["support", "resistance"] as const) {
      const drawn = bars.close.map((_, index) => lines[side].intercept + lines[side].slope * index);
      expectSeries(side, drawn, columns.get(`trendline_${side}`)!, { scale: 1 });
    }
  });

  test.each(gallery)(
    "P08: all columns of the last row of case $case",
    ({ case: name, last_row_all_columns: recorded }) => {
      const bars = inputs.get(name)!;
      const extra = computeExtraIndicators(bars);
      const values = valuesOf(extra, bars.length);
      for (const [column, series] of Object.entries({ ...seriesOf(extra), ...computeMainSeries(bars) }))
        values[column] = series.at(-1)!;
      const compared = Object.entries(recorded).filter(([column]) => column in values);
      for (const [column, expected] of compared)
        expectClose(column, values[column]!, expected ?? Number.NaN, toleranceOf(column));
      // Where the record lacks a column, there were too few bars for it.
      for (const [column, value] of Object.entries(values))
        if (!(column in recorded)) expect([column, Number.isNaN(value)]).toEqual([column, true]);
      expect(
        Object.keys(recorded)
          .filter((column) => !(column in values))
          .sort(),
      ).toEqual(["close", "high", "low", "open", "volume"]);
    },
  );
});

async function readGalleryBars(): Promise<Map<string, Bars>> {
  const rows: Record<string, string>[] = parse(
    await Bun.file(sharedPath("golden/portfolio/gallery/inputs.csv")).text(),
    {
      columns: true,
    },
  );
  return new Map([...Map.groupBy(rows, (row) => row.case!)].map(([name, bars]) => [name, readBars(bars)]));
}

/** Bands keep running sums in the record, and these are made of bands. */
const toleranceOf = (name: string) => ({ tolerance: name.startsWith("BB") ? 1e-8 : 1e-9 });

function seriesOf(
  extra: ExtraIndicators,
): Record<string, ArrayLike<number> & { at(index: number): number | undefined }> {
  return {
    SMA_20: extra.sma20,
    "BBB_20_2.0": extra.bollingerShape20.bandwidth,
    "BBP_20_2.0": extra.bollingerShape20.percent,
    DCL_20_20: extra.donchian20.lower,
    DCM_20_20: extra.donchian20.middle,
    DCU_20_20: extra.donchian20.upper,
    "KCLe_20_2.0": extra.keltner20.lower,
    "KCBe_20_2.0": extra.keltner20.middle,
    "KCUe_20_2.0": extra.keltner20.upper,
    STOCHk_14_3_3: extra.stochastic14.k,
    STOCHd_14_3_3: extra.stochastic14.d,
    ROC_10: extra.roc10,
    "CCI_20_0.015": extra.cci20,
    ADXR_14_2: extra.directionalMovement14.adxr,
    DMP_14: extra.directionalMovement14.plus,
    DMN_14: extra.directionalMovement14.minus,
    AROOND_25: extra.aroon25.down,
    AROONU_25: extra.aroon25.up,
    AROONOSC_25: extra.aroon25.oscillator,
    CMF_20: extra.cmf20,
    VWAP_D: extra.dailyVwap,
    "CDL_DOJI_10_0.1": extra.candlePatterns.doji,
    CDL_ENGULFING: extra.candlePatterns.engulfing,
    CDL_HAMMER: extra.candlePatterns.hammer,
    CDL_MORNINGSTAR: extra.candlePatterns.morningStar,
  };
}

/** What is no series, under the record's names; NaN where there are too few bars. */
function valuesOf({ fibonacci50, trendLines20 }: ExtraIndicators, length: number): Record<string, number> {
  const level = (name: keyof NonNullable<typeof fibonacci50>) => fibonacci50?.[name] ?? Number.NaN;
  const line = (side: "support" | "resistance") =>
    trendLines20 ? trendLines20[side].intercept + trendLines20[side].slope * (length - 1) : Number.NaN;
  return {
    fib_0: level("0"),
    fib_236: level("23.6"),
    fib_382: level("38.2"),
    fib_500: level("50"),
    fib_618: level("61.8"),
    fib_786: level("78.6"),
    fib_100: level("100"),
    trendline_support: line("support"),
    trendline_resistance: line("resistance"),
  };
}
