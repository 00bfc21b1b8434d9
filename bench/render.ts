import { type Figure, judge, ratioOf, type Unit } from "./figure.ts";

export interface MeasuredRow {
  name: string;
  figures: Figure[];
}

const TITLES = ["row", "what", "measured", "best", "beside it", "", "ratio", "budget", ""];
/** Columns of numbers stand right. */
const RIGHT = new Set([2, 3, 5, 6]);

/** The aligned table; notes below it, numbered. */
export function renderTable(rows: readonly MeasuredRow[]): string {
  const notes: string[] = [];
  const lines = rows.flatMap(({ name, figures }) =>
    figures.map((figure, index) => {
      if (figure.note && !notes.includes(figure.note)) notes.push(figure.note);
      const mark = figure.note ? ` [${notes.indexOf(figure.note) + 1}]` : "";
      return [index === 0 ? name : "", `${figure.what}${mark}`, ...cellsOf(figure)];
    }),
  );
  const table = align([TITLES, ...lines]);
  return [...table, ...notes.map((note, index) => `[${index + 1}] ${note}`)].join("\n");
}

function cellsOf(figure: Figure): string[] {
  const { value, best, unit, beside } = figure;
  const ratio = ratioOf(figure);
  return [
    renderValue(value, unit),
    best === undefined ? "" : renderValue(best, unit),
    beside?.what ?? "",
    beside ? renderValue(beside.value, unit) : "",
    ratio === undefined ? "" : `${renderNumber(ratio)} ×`,
    renderBudget(figure),
    judge(figure),
  ];
}

function renderBudget({ budget, unit }: Figure): string {
  if (!budget) return "";
  const sign = budget.is === "at most" ? "≤" : "≥";
  return budget.of === "ratio" ? `${sign} ${budget.limit} ×` : `${sign} ${budget.limit} ${unit}`;
}

const renderValue = (value: number, unit: Unit): string => `${renderNumber(value)} ${unit}`;

/** Three significant digits, and no more decimals than anyone can use. */
function renderNumber(value: number): string {
  if (Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  const decimals = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function align(lines: readonly (readonly string[])[]): string[] {
  const widths = TITLES.map((_, column) => Math.max(...lines.map((line) => Bun.stringWidth(line[column] ?? ""))));
  return lines.map((line) =>
    line
      .map((cell, column) => {
        const space = " ".repeat(widths[column]! - Bun.stringWidth(cell));
        return RIGHT.has(column) ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd(),
  );
}
