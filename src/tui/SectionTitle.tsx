import { cutText, displayWidth } from "./fit-text.ts";
import { Line } from "./Line.tsx";
import { usePalette } from "./palette.ts";

export interface SectionTitleProps {
  title: string;
  /** At the right end, for example `1-5 of 8`. */
  note?: string;
  columns: number;
  /** The keys move within this section. */
  focused?: boolean;
}

/** Rules and gaps around the title and at the end of the line. */
const MARKS_WIDTH = 8;
/** The focused title's brackets, and the gaps around the note. */
const NOTE_MARGIN = 4;

/** `── Jobs ────────── 1-5 of 8 ──`; the focused one is `━━ [Jobs] ━━…`, so that it is told apart without colour too. */
export function SectionTitle({ title, note = "", columns, focused = false }: SectionTitleProps) {
  const palette = usePalette();
  const rule = focused ? "━" : "─";
  const noteRoom = Math.max(Math.floor(columns / 2), columns - displayWidth(title) - MARKS_WIDTH - NOTE_MARGIN);
  const tail = note === "" ? "" : ` ${cutText(note, noteRoom)} `;
  const label = cutText(focused ? `[${title}]` : title, columns - displayWidth(tail) - MARKS_WIDTH);
  const filled = Math.max(0, columns - displayWidth(label) - displayWidth(tail) - 6);
  return (
    <Line>
      {palette("dim", `${rule}${rule} `) +
        palette(focused ? "accent" : "strong", label) +
        palette("dim", ` ${rule.repeat(filled)}${tail}${rule}${rule}`)}
    </Line>
  );
}
