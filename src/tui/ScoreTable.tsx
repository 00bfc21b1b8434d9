import { Box } from "ink";
import { renderAge } from "./countdown.ts";
import { cutText } from "./fit-text.ts";
import type { House } from "./house.ts";
import { Line } from "./Line.tsx";
import { listWindow, renderListRange } from "./list-window.ts";
import { usePalette } from "./palette.ts";
import { pickColumns, renderHeading } from "./pick-columns.ts";
import { ScoreRow } from "./ScoreRow.tsx";
import { SectionTitle } from "./SectionTitle.tsx";
import { SCORE_COLUMNS } from "./score-columns.ts";
import type { Score } from "./wire.ts";

export interface ScoreTableProps {
  house: House;
  nowMs: number;
  columns: number;
  /** Rows below the title. */
  rows: number;
  focused: boolean;
  selected: number;
}

const MARKER_WIDTH = 2;
const HEADING_ROWS = 1;
/** From this height on, or when nothing is hidden by it, the selected ticker's summary has a row of its own. */
const ROWS_WITH_SUMMARY = 6;

const hasSummary = (rows: number, count: number): boolean =>
  count > 0 && rows >= Math.min(ROWS_WITH_SUMMARY, HEADING_ROWS + count + 1);

/** Rows of scores that a table of this height shows, of `count`. */
export const scoreRows = (rows: number, count: number): number =>
  Math.max(0, rows - HEADING_ROWS - (hasSummary(rows, count) ? 1 : 0));

export function ScoreTable({ house, nowMs, columns, rows, focused, selected }: ScoreTableProps) {
  const palette = usePalette();
  const items = house.scores?.items ?? [];
  const picked = pickColumns(SCORE_COLUMNS, columns - MARKER_WIDTH);
  const window = listWindow(items.length, scoreRows(rows, items.length), selected);
  const current = items[selected];
  return (
    <Box flexDirection="column" height={rows + 1} overflow="hidden">
      <SectionTitle
        title={renderTitle(house, nowMs)}
        note={renderListRange(window, items.length)}
        columns={columns}
        focused={focused}
      />
      <Line>
        {items.length > 0 ? `  ${palette("dim", renderHeading(picked))}` : palette("dim", `  ${explainEmpty(house)}`)}
      </Line>
      {items.slice(window.from, window.to).map((score, index) => (
        <ScoreRow
          key={score.ticker}
          score={score}
          history={house.histories.get(score.ticker) ?? []}
          columns={picked}
          selected={focused && window.from + index === selected}
        />
      ))}
      {hasSummary(rows, items.length) && current && <Line>{palette("dim", renderSummary(current, columns))}</Line>}
    </Box>
  );
}

function renderTitle({ scores, scoresAtMs }: House, nowMs: number): string {
  if (!scores?.analysis_date) return "Scores";
  const { age_seconds: ageSeconds, analysis_date: date, data_source: source } = scores;
  const age = ageSeconds === null ? "" : `, ${renderAge(ageSeconds * 1000 + nowMs - (scoresAtMs ?? nowMs))} old`;
  return `Scores ${date}${age}${source ? `, ${source}` : ""}`;
}

function explainEmpty({ scores, scoresKnown }: House): string {
  if (!scoresKnown) return "waiting for the server";
  return scores ? "the latest analysis rated nothing" : "no analysis yet: the first run of daily_analysis brings it";
}

function renderSummary(score: Score, columns: number): string {
  const name = score.company_name ? ` ${score.company_name}` : "";
  return cutText(`  ${score.ticker}${name}: ${score.summary ?? "no summary"}`, columns);
}
