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

/** `── Jobs ────────── 1-5 of 8 ──`; the focused one is `━━ [Jobs] ━━…`, so that it is told apart without colour too. */
export function SectionTitle({ title, note = "", columns, focused = false }: SectionTitleProps) {
  const palette = usePalette();
  const rule = focused ? "━" : "─";
  const tail = note === "" ? "" : ` ${cutText(note, Math.floor(columns / 2))} `;
  const label = cutText(focused ? `[${title}]` : title, columns - displayWidth(tail) - 8);
  const filled = Math.max(0, columns - displayWidth(label) - displayWidth(tail) - 6);
  return (
    <Line>
      {palette("dim", `${rule}${rule} `) +
        palette(focused ? "accent" : "strong", label) +
        palette("dim", ` ${rule.repeat(filled)}${tail}${rule}${rule}`)}
    </Line>
  );
}
