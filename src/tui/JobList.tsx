import { Box } from "ink";
import { displayWidth } from "./fit-text.ts";
import { JobRow } from "./JobRow.tsx";
import { Line } from "./Line.tsx";
import { listWindow, renderListRange } from "./list-window.ts";
import { usePalette } from "./palette.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import type { Job } from "./wire.ts";

export interface JobListProps {
  jobs: readonly Job[] | null;
  readAtMs: number;
  nowMs: number;
  columns: number;
  rows: number;
  focused: boolean;
  selected: number;
}

const MIN_NAME_WIDTH = 12;

export function JobList({ jobs, readAtMs, nowMs, columns, rows, focused, selected }: JobListProps) {
  const palette = usePalette();
  const all = jobs ?? [];
  const window = listWindow(all.length, rows, selected);
  const mostForName = Math.max(MIN_NAME_WIDTH, Math.floor(columns / 4));
  const nameWidth = Math.min(mostForName, Math.max(MIN_NAME_WIDTH, ...all.map((job) => displayWidth(job.job_name))));
  return (
    <Box flexDirection="column" height={rows + 1} overflow="hidden">
      <SectionTitle title="Jobs" note={renderListRange(window, all.length)} columns={columns} focused={focused} />
      {all.length === 0 && <Line>{palette("dim", jobs ? "  no jobs" : "  waiting for the server")}</Line>}
      {all.slice(window.from, window.to).map((job, index) => (
        <JobRow
          key={job.job_name}
          {...{ job, nameWidth, columns, nowMs, readAtMs }}
          selected={focused && window.from + index === selected}
        />
      ))}
    </Box>
  );
}
