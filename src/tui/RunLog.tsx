import { Box } from "ink";
import { cleanText } from "./clean-text.ts";
import { type ClockFace, useClockFace } from "./clock-face.ts";
import { renderExactSpan } from "./countdown.ts";
import { cutText, fitText } from "./fit-text.ts";
import type { FollowedRun } from "./follow-run.ts";
import { renderRunning } from "./JobRow.tsx";
import { outcomeTone } from "./job-state.ts";
import { Line } from "./Line.tsx";
import { type Palette, type Tone, usePalette } from "./palette.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import type { LogLine, Run } from "./wire.ts";

export interface RunLogProps {
  runId: number;
  followed: FollowedRun;
  /** Number of the line at the bottom; null follows the end. */
  lastLine: number | null;
  nowMs: number;
  columns: number;
  rows: number;
}

/** Title and result above the lines. */
const HEADING_ROWS = 2;
const LEVEL_WIDTH = 5;
const TIME_WIDTH = 8;
const LEVEL_TONES: Record<string, Tone> = { debug: "dim", info: "plain", warn: "warn", error: "bad", fatal: "bad" };

/** Log lines that a screen of this height shows. */
export const logRows = (rows: number): number => Math.max(1, rows - HEADING_ROWS);

/** A run, how it goes or went, and its log; at the end of the log it follows what comes. */
export function RunLog({ runId, followed, lastLine, nowMs, columns, rows }: RunLogProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const { run, lines, droppedLines, problem } = followed;
  const height = logRows(rows);
  const wanted = lastLine === null ? lines.length : lastLine - droppedLines;
  const end = Math.min(lines.length, Math.max(height, wanted));
  const below = lines.length - end;
  const position = below > 0 ? `${below} below` : run?.status === "running" ? "following" : "end";
  const title = run ? `${run.job_name} run ${runId}, ${run.trigger}, attempt ${run.attempt}` : `Run ${runId}`;
  const shown = lines.slice(Math.max(0, end - height), end);
  return (
    <Box flexDirection="column" height={rows} overflow="hidden">
      <SectionTitle
        title={title}
        note={`${droppedLines + lines.length} lines, ${position}`}
        columns={columns}
        focused
      />
      <Line>
        {problem ? palette("bad", cutText(`  ${problem}`, columns)) : renderResult(run, nowMs, columns, clock, palette)}
      </Line>
      {shown.length === 0 && <Line>{palette("dim", run ? "  no lines" : "  waiting for the server")}</Line>}
      {shown.map((line) => (
        <Line key={line.seq}>{renderLogLine(line, columns, clock, palette)}</Line>
      ))}
    </Box>
  );
}

function renderResult(run: Run | null, nowMs: number, columns: number, clock: ClockFace, palette: Palette): string {
  if (!run) return "";
  if (run.status === "running") return `  ${renderRunning(run, nowMs, nowMs, columns - 2)}`;
  const outcome = run.outcome ?? run.status;
  const rest = [
    ...(run.start_time === null ? [] : [`started ${clock.moment(run.start_time, nowMs)}`]),
    ...(run.duration_seconds === null ? [] : [`took ${renderExactSpan(run.duration_seconds * 1000)}`]),
    `${run.tickers_processed} written`,
    `${run.errors_count} errors`,
    ...(run.retry_at === null ? [] : [`retry ${clock.moment(run.retry_at, nowMs)}`]),
  ].join(", ");
  return `  ${palette(outcomeTone(run.outcome), outcome)}  ${cutText(rest, columns - outcome.length - 4)}`;
}

function renderLogLine(line: LogLine, columns: number, clock: ClockFace, palette: Palette): string {
  const time = fitText(line.at === null ? "" : clock.exactTime(line.at), TIME_WIDTH);
  const level = fitText(line.level, LEVEL_WIDTH);
  const text = [line.message || line.event, ...renderFields(line.fields)].join("  ");
  const cut = cutText(text, columns - TIME_WIDTH - LEVEL_WIDTH - 4);
  return `  ${palette("dim", time)} ${palette(LEVEL_TONES[line.level] ?? "plain", `${level} ${cut}`)}`;
}

function renderFields(fields: LogLine["fields"]): string[] {
  return Object.entries(fields ?? {}).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return cleanText(`${name}=${text}`);
  });
}
