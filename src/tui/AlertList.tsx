import { Box } from "ink";
import { useClockFace } from "./clock-face.ts";
import { cutText } from "./fit-text.ts";
import { Line } from "./Line.tsx";
import { usePalette } from "./palette.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import type { Alert } from "./wire.ts";

export interface AlertListProps {
  alerts: readonly Alert[] | null;
  nowMs: number;
  columns: number;
  rows: number;
}

/** What fires now, critical first; what does not fit is counted in the title. */
export function AlertList({ alerts, nowMs, columns, rows }: AlertListProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const all = (alerts ?? []).toSorted((a, b) => severity(b) - severity(a));
  const hidden = all.length - rows;
  const note = hidden > 0 ? `${hidden} more` : String(all.length);
  return (
    <Box flexDirection="column" height={rows + 1} overflow="hidden">
      <SectionTitle title="Alerts" note={note} columns={columns} />
      {all.length === 0 && <Line>{palette("dim", alerts ? "  none" : "  waiting for the server")}</Line>}
      {all.slice(0, rows).map((alert, index) => {
        const critical = severity(alert) === 1;
        const mark = critical ? "!! " : "!  ";
        const since = alert.since === null ? "" : `since ${clock.moment(alert.since, nowMs)} `;
        const line = cutText(
          `${mark}${since}${[alert.rule, alert.subject].join(" ").trim()}: ${alert.message}`,
          columns - 2,
        );
        return <Line key={index}>{`  ${palette(critical ? "bad" : "warn", line)}`}</Line>;
      })}
    </Box>
  );
}

const severity = (alert: Alert): number => (alert.level === "critical" ? 1 : 0);
