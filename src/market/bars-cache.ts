import { daysBetween, type IsoDate } from "../kit/dates.ts";
import { type Bars, sliceBars } from "./bars.ts";
import type { Series } from "./bars-store.ts";

export interface DateRange {
  from: IsoDate;
  to: IsoDate;
}

/** Series in memory: reading a row costs libSQL more than analysing it, and a cycle reads the same series as the last one. */
export interface BarsCache {
  /**
   * The bars of the range, as views; read when they are not held. What is read may reach further than what is asked: as far
   * as what is held, so that callers whose ranges overlap do not push out each other's.
   */
  load(series: Series, range: DateRange, read: (range: DateRange) => Promise<Bars>): Promise<Bars>;
  /** To be called whenever stored bars of the symbol have changed. */
  forget(symbol: string): void;
}

interface Held extends DateRange {
  symbol: string;
  bars: Bars;
}

/** Six columns of eight bytes and a pointer to the date. */
const BYTES_A_BAR = 56;

/** Two ranges are read as one up to three years, which covers what cycles and charts ask for … */
const JOINED_DAYS = 3 * 366;
/** … or where it makes the longer one longer by no more than a month: another day, another end. */
const ADDED_DAYS = 31;

/** Keeps what was read last, up to `maxBytes`. */
export function createBarsCache({ maxBytes }: { maxBytes: number }): BarsCache {
  const held = new Map<string, Held>();
  const dates = new Map<IsoDate, IsoDate>();
  let bytes = 0;
  let changes = 0;

  const drop = (key: string): void => {
    const entry = held.get(key);
    if (!entry) return;
    held.delete(key);
    bytes -= entry.bars.length * BYTES_A_BAR;
  };
  const keep = (key: string, entry: Held): void => {
    drop(key);
    held.set(key, entry);
    bytes += entry.bars.length * BYTES_A_BAR;
    for (const oldest of held.keys()) {
      if (bytes <= maxBytes) return;
      drop(oldest);
    }
  };
  /** Hundreds of series have the same dates: one text for each. */
  const shareDates = (bars: Bars): Bars => ({
    ...bars,
    date: bars.date.map((date) => {
      const known = dates.get(date);
      if (known === undefined) dates.set(date, date);
      return known ?? date;
    }),
  });

  return {
    async load({ symbol, interval }, asked, read) {
      const key = `${symbol}|${interval}`;
      const known = held.get(key);
      if (known && known.from <= asked.from && known.to >= asked.to) {
        held.delete(key);
        held.set(key, known);
        return rangeOf(known.bars, asked);
      }
      const range = known ? joined(known, asked) : asked;
      const changesBefore = changes;
      const bars = shareDates(await read(range));
      // Bars that changed meanwhile may have been read in their old state.
      if (changes === changesBefore) keep(key, { symbol, bars, from: range.from, to: range.to });
      return rangeOf(bars, asked);
    },
    forget(symbol) {
      changes++;
      for (const [key, entry] of held) if (entry.symbol === symbol) drop(key);
    },
  };
}

/** Both ranges as one, or what is asked alone where that would read too much. */
function joined(known: DateRange, asked: DateRange): DateRange {
  const ends = [known.from, known.to, asked.from, asked.to].sort();
  const both = { from: ends[0]!, to: ends[3]! };
  const limit = Math.max(JOINED_DAYS, Math.max(daysOf(known), daysOf(asked)) + ADDED_DAYS);
  return daysOf(both) <= limit ? both : asked;
}

const daysOf = ({ from, to }: DateRange): number => daysBetween(from, to);

/** The bars with `from <= date <= to`. */
function rangeOf(bars: Bars, { from, to }: DateRange): Bars {
  const start = countBefore(bars.date, (date) => date < from);
  const end = countBefore(bars.date, (date) => date <= to);
  return start === 0 && end === bars.length ? bars : sliceBars(bars, start, end);
}

/** How many of the ascending dates hold at the beginning of the list. */
function countBefore(dates: readonly IsoDate[], holds: (date: IsoDate) => boolean): number {
  let low = 0;
  let high = dates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(dates[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
