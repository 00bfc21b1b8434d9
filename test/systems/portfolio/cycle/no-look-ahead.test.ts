import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { addDays, type IsoDate } from "../../../../src/kit/dates.ts";
import { seededRandom } from "../../../../src/kit/random.ts";
import type { Bar } from "../../../../src/market/bars.ts";
import { parseBarsCsv } from "../../../../src/market/csv/csv-bars.ts";
import { hasShared, sharedPath } from "../../../support/shared.ts";
import { soakTimes } from "../../../support/soak.ts";
import { type CycleBench, openCycleBench } from "./cycle-bench.ts";
import { USER_1 } from "./stage.ts";

const PAIRS = soakTimes(20, 200);
/** Symbols that are looked at on the same date. */
const SYMBOLS_A_DATE = 4;
const FOLDERS = ["sp500", "adr", "crypto"];

test.skipIf(!hasShared)(
  `no look-ahead: on ${PAIRS} random symbols and dates a look back says what a history that ends there says`,
  async () => {
    const random = seededRandom(20_240_308);
    const files = FOLDERS.flatMap((folder) =>
      readdirSync(sharedPath(`data/prices/${folder}`)).map((name) => `${folder}/${name}`),
    );
    let compared = 0;
    while (compared < PAIRS) {
      const asOf = addDays("2019-06-03", Math.floor(random() * 1_700));
      const chosen = new Set<string>();
      while (chosen.size < SYMBOLS_A_DATE) chosen.add(files[Math.floor(random() * files.length)]!);
      const series = await readSeries([...chosen]);
      const symbols = [...series.keys()].filter((symbol) => symbol !== "^GSPC");

      // What is known today, looked at as of then.
      await using whole = await openWith(series, symbols, "2024-03-08T21:30:00.000Z");
      await whole.run();
      await whole.run({ as_of: asOf });
      // What was known then: there is nothing after it.
      const known = new Map([...series].map(([symbol, bars]) => [symbol, bars.filter(({ date }) => date <= asOf)]));
      await using cut = await openWith(known, symbols, `${addDays(asOf, 1)}T00:00:00.000Z`);
      await cut.run();

      const [back, then] = [await whole.files(USER_1), await cut.files(USER_1)];
      for (const [name, { text }] of then) expect([asOf, name, back.get(name)!.text]).toEqual([asOf, name, text]);
      expect(await storedOn(whole, asOf)).toEqual(await storedOn(cut, asOf));
      compared += symbols.length;
    }
  },
  600_000,
);

async function openWith(
  series: ReadonlyMap<string, readonly Bar[]>,
  symbols: readonly string[],
  now: string,
): Promise<CycleBench> {
  const bench = await openCycleBench({ now });
  await bench.universe(symbols);
  for (const [symbol, bars] of series) if (bars.length > 0) bench.table.give(symbol, bars);
  await bench.user({ userId: USER_1, holds: { A: symbols } });
  return bench;
}

/** Every analysis and scan stored of data up to the date. */
const storedOn = async (bench: CycleBench, asOf: IsoDate) => [
  await bench.sql(
    "select symbol, period, interval, as_of, payload from asset_analyses where as_of <= ? order by 1, 2, 3, 4",
    asOf,
  ),
  await bench.sql("select market, as_of, regime_info, radars_used, skipped from radar_scans where as_of <= ?", asOf),
  await bench.sql("select * from radar_candidates where as_of <= ? order by 1, 2, 3, 4", asOf),
];

/** Of the shared prices, with the fund that tracks the index as the index. */
async function readSeries(files: readonly string[]): Promise<Map<string, readonly Bar[]>> {
  const series = new Map<string, readonly Bar[]>();
  for (const file of [...files, "benchmark/SPY.csv", "crypto/BTC-USD.csv"]) {
    const symbol = file.endsWith("SPY.csv") ? "^GSPC" : file.split("/")[1]!.slice(0, -4);
    series.set(symbol, (await parseBarsCsv(await Bun.file(sharedPath(`data/prices/${file}`)).text(), file)).bars);
  }
  return series;
}
