import { Box } from "ink";
import { useClockFace } from "./clock-face.ts";
import { Line } from "./Line.tsx";
import { listWindow, renderListRange } from "./list-window.ts";
import type { OpenMirror } from "./mirror.ts";
import { renderNumber } from "./mirror-text.ts";
import type { DeadLetter } from "./mirror-wire.ts";
import { usePalette } from "./palette.ts";
import { type Cell, pickColumns, renderHeading, renderRow } from "./pick-columns.ts";
import { MISSING } from "./price-text.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import { type LetterColumn, letterColumns } from "./sync-columns.ts";
import { LETTERS_HEADING_ROWS } from "./sync-layout.ts";

export interface LetterTableProps {
  mirror: OpenMirror;
  nowMs: number;
  columns: number;
  /** Letters that have room. */
  rows: number;
  focused: boolean;
  selected: number;
}

const MARKER_WIDTH = 2;

/** What Supabase refused and still waits: parked ones, which wait for the operator, come first. */
export function LetterTable({ mirror, nowMs, columns, rows, focused, selected }: LetterTableProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const letters = mirror.letters ?? [];
  const picked = pickColumns(letterColumns(letters), columns - MARKER_WIDTH);
  const window = listWindow(letters.length, rows, selected);
  const hidden = mirror.status.dead_letters - letters.length;
  const more = letters.length > 0 && hidden > 0 ? `, ${renderNumber(hidden)} more` : "";
  const empty = mirror.letters === null ? "waiting for the server" : "none";
  return (
    <Box flexDirection="column" height={rows + LETTERS_HEADING_ROWS} overflow="hidden">
      <SectionTitle
        title="Dead letters"
        note={renderListRange(window, letters.length) + more}
        columns={columns}
        focused={focused}
      />
      <Line>{`  ${palette("dim", letters.length > 0 ? renderHeading(picked) : empty)}`}</Line>
      {letters.slice(window.from, window.to).map((letter, index) => (
        <Line key={letter.id}>{renderLetter(letter, focused && window.from + index === selected)}</Line>
      ))}
    </Box>
  );

  function renderLetter(letter: DeadLetter, isSelected: boolean): string {
    const next = letter.next_try_at;
    const parked = letter.state === "parked";
    const cells: Record<LetterColumn, Cell> = {
      subject: [letter.subject, isSelected ? "selected" : "strong"],
      key: [letter.key, "plain"],
      tries: [String(letter.attempts), "plain"],
      next: parked ? ["parked", "bad"] : [next === null ? MISSING : clock.moment(next, nowMs), "plain"],
      why: [[letter.code, letter.message].filter(Boolean).join(" "), "plain"],
    };
    return renderRow(picked, cells, { palette, isSelected });
  }
}
