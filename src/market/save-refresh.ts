import type { Database } from "../db/index.ts";
import type { DataSource } from "../db/schema/market.ts";
import type { Clock } from "../kit/clock.ts";
import type { IsoDate } from "../kit/dates.ts";
import { deleteAllBars, replaceBars, replaceTail, type Series } from "./bars-store.ts";
import {
  deleteInstrument,
  type InstrumentProblem,
  loadInstrument,
  saveInstrument,
  saveProblem,
} from "./instrument-store.ts";
import type { ProviderAnswer } from "./provider.ts";

export interface SavedAnswer {
  series: Series;
  source: DataSource;
  answer: ProviderAnswer;
  /** First date that the source has, when known. */
  firstBar: IsoDate | null;
  /** `whole`: the answer is all there is. `tail`: it takes the place of what is stored from its first bar on. */
  part: "whole" | "tail";
}

/** Bars and instrument in one transaction, so that a crash leaves either the old prices or the new ones. */
export async function saveAnswer(database: Database, saved: SavedAnswer, clock: Clock): Promise<void> {
  const { series, source, answer, firstBar, part } = saved;
  const { bars, name, kind, currency, exchange, timezone } = answer;
  const { symbol, interval } = series;
  await database.write(async (tx) => {
    const row = await loadInstrument(tx, symbol);
    const known = row?.source === source ? row : undefined;
    if (!known) await deleteAllBars(tx, symbol);
    if (part === "tail") await replaceTail(tx, series, bars);
    else await replaceBars(tx, series, bars);
    const newest = bars.at(-1)?.date ?? null;
    await saveInstrument(
      tx,
      {
        ...{ symbol, source, name, kind, currency, exchange, timezone },
        firstBar: firstBar ?? known?.firstBar ?? null,
        // A weekly bar carries its Monday: the daily series says better how far the prices go.
        lastBar: interval === "1d" ? newest : (known?.lastBar ?? newest),
      },
      clock.now(),
    );
  });
}

/** Keeps the stored bars. Only a symbol that a new source does not know loses those of the old one: nobody can read them. */
export async function saveFailure(database: Database, problem: InstrumentProblem, clock: Clock): Promise<void> {
  await database.write(async (tx) => {
    const row = await loadInstrument(tx, problem.symbol);
    if (problem.state === "unknown" && row && row.source !== problem.source) {
      await deleteAllBars(tx, problem.symbol);
      await deleteInstrument(tx, problem.symbol);
    }
    await saveProblem(tx, problem, clock.now());
  });
}
