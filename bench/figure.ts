/** One line of the table: a figure, what was run beside it in the same run, and the budget (DESIGN 6). */
export interface Figure {
  what: string;
  /** Median of the repetitions. */
  value: number;
  /** The best repetition: what it takes when nobody else is at work on the machine. */
  best?: number;
  unit: Unit;
  /** The same kind of work done by something else, on the same machine, in the same minutes. */
  beside?: { what: string; value: number };
  budget?: Budget;
  /** What a reader must know to take the figure for what it is. */
  note?: string;
}

export type Unit = "requests" | "ms" | "µs" | "s" | "req/s" | "rows/s" | "%" | "bytes" | "MB";

export interface Budget {
  /** `ratio` = value ÷ beside. */
  of: "value" | "ratio";
  is: "at most" | "at least";
  limit: number;
}

export type Verdict = "ok" | "MISSED" | "";

/** A row of the table: its name selects it on the command line. */
export interface Row {
  name: string;
  about: string;
  measure(say: (text: string) => void): Promise<Figure[]>;
}

/** Value ÷ what was run beside it: below 1 is faster for times, above 1 is faster for rates. */
export const ratioOf = ({ value, beside }: Figure): number | undefined =>
  beside && beside.value > 0 ? value / beside.value : undefined;

export function judge(figure: Figure): Verdict {
  const { budget } = figure;
  if (!budget) return "";
  const measured = budget.of === "ratio" ? ratioOf(figure) : figure.value;
  if (measured === undefined || Number.isNaN(measured)) return "MISSED";
  const holds = budget.is === "at most" ? measured <= budget.limit : measured >= budget.limit;
  return holds ? "ok" : "MISSED";
}

export const atMost = (limit: number): Budget => ({ of: "value", is: "at most", limit });
export const ratioAtLeast = (limit: number): Budget => ({ of: "ratio", is: "at least", limit });
