import type { IsoDate } from "../../../kit/dates.ts";

export interface DateTick {
  /** Position of the bar. */
  index: number;
  label: string;
}

const MONTHS = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];
/** From this many months on, ticks stand at the first bar of a month. */
const LEAST_MONTHS = 3;
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120];

/** Ticks of a time axis, at most about `most`: `mar`, `ene 2024` where a year begins, `8 mar` for a few weeks. */
export function dateTicks(dates: readonly IsoDate[], most: number): DateTick[] {
  const starts = dates
    .keys()
    .filter((index) => index > 0 && monthOf(dates[index]!) !== monthOf(dates[index - 1]!))
    .toArray();
  return starts.length >= LEAST_MONTHS ? monthTicks(dates, starts, most) : dayTicks(dates, most);
}

function monthTicks(dates: readonly IsoDate[], starts: readonly number[], most: number): DateTick[] {
  const months = monthOf(dates.at(-1)!) - monthOf(dates[0]!) + 1;
  const step = MONTH_STEPS.find((candidate) => months / candidate <= most) ?? 1_200;
  let shownYear = "";
  return starts
    .filter((index) => monthOf(dates[index]!) % step === 0)
    .map((index) => {
      const year = dates[index]!.slice(0, 4);
      const month = MONTHS[Number(dates[index]!.slice(5, 7)) - 1]!;
      const label = step >= 12 ? year : year === shownYear ? month : `${month} ${year}`;
      shownYear = year;
      return { index, label };
    });
}

function dayTicks(dates: readonly IsoDate[], most: number): DateTick[] {
  const step = Math.max(1, Math.ceil(dates.length / most));
  return dates
    .keys()
    .filter((index) => index % step === 0)
    .map((index) => {
      const date = dates[index]!;
      return { index, label: `${Number(date.slice(8, 10))} ${MONTHS[Number(date.slice(5, 7)) - 1]}` };
    })
    .toArray();
}

const monthOf = (date: IsoDate): number => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
