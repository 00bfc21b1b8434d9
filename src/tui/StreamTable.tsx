import { Box } from "ink";
import { useClockFace } from "./clock-face.ts";
import { renderAge } from "./countdown.ts";
import type { House } from "./house.ts";
import { Line } from "./Line.tsx";
import { listWindow, renderListRange } from "./list-window.ts";
import { drainJobOf, type OpenMirror } from "./mirror.ts";
import { renderDelivery, renderNumber, renderOwed } from "./mirror-text.ts";
import type { StreamStatus } from "./mirror-wire.ts";
import { type Tone, usePalette } from "./palette.ts";
import { type Cell, pickColumns, renderHeading, renderRow } from "./pick-columns.ts";
import { MISSING } from "./price-text.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import { type StreamColumn, streamColumns } from "./sync-columns.ts";
import { STREAMS_HEADING_ROWS } from "./sync-layout.ts";

export interface StreamTableProps {
  house: House;
  mirror: OpenMirror;
  nowMs: number;
  columns: number;
  /** Streams that have room. */
  rows: number;
  focused: boolean;
  selected: number;
}

const MARKER_WIDTH = 2;
const STATE_TONES: Record<string, Tone> = { blocked: "bad", paused: "warn", owed: "accent", idle: "good", off: "dim" };

/** How the delivery is in one line, and every stream: what is owed, since when, what was refused, what has been delivered. */
export function StreamTable({ house, mirror, nowMs, columns, rows, focused, selected }: StreamTableProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const { streams, owedSinceMs } = mirror;
  const picked = pickColumns(streamColumns(streams), columns - MARKER_WIDTH);
  const window = listWindow(streams.length, rows, selected);
  const delivery = renderDelivery(mirror, {
    ...{ nowMs, clock, palette, columns: columns - MARKER_WIDTH },
    resumeKeys: "p",
    job: drainJobOf(house.status),
    readAtMs: house.statusAtMs ?? nowMs,
  });
  return (
    <Box flexDirection="column" height={rows + STREAMS_HEADING_ROWS} overflow="hidden">
      <SectionTitle
        title={`Streams ${renderListRange(window, streams.length)}`}
        note={renderOwed(mirror, nowMs)}
        columns={columns}
        focused={focused}
      />
      <Line>{`  ${delivery}`}</Line>
      <Line>{`  ${palette("dim", renderHeading(picked))}`}</Line>
      {streams.slice(window.from, window.to).map((stream, index) => (
        <Line key={stream.stream}>{renderStream(stream, focused && window.from + index === selected)}</Line>
      ))}
    </Box>
  );

  function renderStream(stream: StreamStatus, isSelected: boolean): string {
    const since = owedSinceMs.get(stream.stream);
    const last = stream.last_delivered_at;
    const count = (value: number, tone: Tone): [string, Tone] => [renderNumber(value), value > 0 ? tone : "dim"];
    const cells: Record<StreamColumn, Cell> = {
      stream: [stream.stream, isSelected ? "selected" : "strong"],
      state: [stream.state, STATE_TONES[stream.state] ?? "plain"],
      owed: count(stream.owed, "plain"),
      since: since === undefined ? [MISSING, "dim"] : [renderAge(nowMs - since), "plain"],
      refused: count(stream.dead_letters, "bad"),
      sent: count(stream.rows_delivered, "plain"),
      last: last === null ? [MISSING, "dim"] : [clock.moment(last, nowMs), "plain"],
    };
    return renderRow(picked, cells, { palette, isSelected });
  }
}
