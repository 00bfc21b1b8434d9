import { Box } from "ink";
import { type ClockFace, useClockFace } from "./clock-face.ts";
import { cutText, fitText } from "./fit-text.ts";
import { Line } from "./Line.tsx";
import { type Palette, type Tone, usePalette } from "./palette.ts";
import { renderProgressBar, shareDone } from "./progress-bar.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import type { SourceBudget } from "./wire.ts";

export interface SourceBudgetsProps {
  budgets: readonly SourceBudget[] | null;
  nowMs: number;
  columns: number;
  rows: number;
}

/** One budget: name, bar, `120/500`. */
const CELL_WIDTH = 38;
const NAME_WIDTH = 12;
const BAR_WIDTH = 8;
/** From here on a day's budget is nearly gone. */
const NEARLY_SPENT = 0.8;

/** How many budgets stand side by side. */
const perRow = (columns: number): number => Math.max(1, Math.floor((columns - 2) / CELL_WIDTH));

/** Rows that hold all of them. */
export const budgetRows = (count: number, columns: number): number => Math.max(1, Math.ceil(count / perRow(columns)));

/** What each source may still be asked today. */
export function SourceBudgets({ budgets, nowMs, columns, rows }: SourceBudgetsProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const all = (budgets ?? []).toSorted((a, b) => spent(b) - spent(a));
  const lines = Array.from({ length: Math.min(rows, budgetRows(all.length, columns)) }, (_, row) =>
    all.slice(row * perRow(columns), (row + 1) * perRow(columns)),
  );
  const hidden = Math.max(0, all.length - rows * perRow(columns));
  return (
    <Box flexDirection="column" height={rows + 1} overflow="hidden">
      <SectionTitle title="Source budgets" note={renderNote(all, hidden, nowMs, clock)} columns={columns} />
      {all.length === 0 && <Line>{palette("dim", budgets ? "  none" : "  waiting for the server")}</Line>}
      {all.length > 0 &&
        lines.map((line) => (
          <Line key={line[0]?.source}>{`  ${line.map((one) => renderBudget(one, palette)).join("")}`}</Line>
        ))}
    </Box>
  );
}

function renderNote(all: readonly SourceBudget[], hidden: number, nowMs: number, clock: ClockFace): string {
  const resets = all.flatMap((budget) => (budget.resets_at === null ? [] : [budget.resets_at]));
  const reset = resets.length === 0 ? "" : `reset ${clock.moment(Math.min(...resets), nowMs)}`;
  return [hidden > 0 ? `${hidden} more` : "", reset].filter((part) => part !== "").join(", ");
}

function renderBudget({ source, used, limit }: SourceBudget, palette: Palette): string {
  const share = shareDone(used, limit) ?? 0;
  const tone: Tone = share >= 1 ? "bad" : share >= NEARLY_SPENT ? "warn" : "plain";
  const count = limit === null ? `${used}, no limit` : `${used}/${limit}${share >= 1 ? " spent" : ""}`;
  const bar = limit === null ? " ".repeat(BAR_WIDTH) : renderProgressBar(used, limit, BAR_WIDTH);
  const rest = CELL_WIDTH - NAME_WIDTH - BAR_WIDTH - 4;
  return `${fitText(source, NAME_WIDTH)} ${bar} ${palette(tone, fitText(cutText(count, rest), rest))}  `;
}

const spent = ({ used, limit }: SourceBudget): number => shareDone(used, limit) ?? 0;
