import { Box } from "ink";
import { useClockFace } from "./clock-face.ts";
import { cutText } from "./fit-text.ts";
import type { House } from "./house.ts";
import { Line } from "./Line.tsx";
import { drainJobOf, openMirrorOf } from "./mirror.ts";
import { renderDelivery, renderOwed, renderOwedTables } from "./mirror-text.ts";
import { listTroubles } from "./mirror-trouble.ts";
import type { Demand } from "./overview-layout.ts";
import { usePalette } from "./palette.ts";
import { SectionTitle } from "./SectionTitle.tsx";

export interface MirrorSummaryProps {
  house: House;
  nowMs: number;
  columns: number;
  /** Rows below the title. */
  rows: number;
}

/** What the summary needs: nothing where there is no mirror. */
export function demandOfMirror({ mirror }: House): Demand {
  const open = openMirrorOf(mirror);
  if (!open) return { min: 0, want: 0 };
  const troubles = listTroubles(open).length;
  return { min: Math.min(1 + troubles, 2), want: troubles + 1 + (open.status.owed > 0 ? 1 : 0) };
}

/** What Supabase still has to get: what stands in the way first, then the last delivery or the one that goes on, then the tables. */
export function MirrorSummary({ house, nowMs, columns, rows }: MirrorSummaryProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const mirror = openMirrorOf(house.mirror);
  if (!mirror) return null;
  const width = columns - 2;
  const delivery = renderDelivery(mirror, {
    ...{ nowMs, clock, palette, columns: width },
    resumeKeys: "3, then p",
    job: drainJobOf(house.status),
    readAtMs: house.statusAtMs ?? nowMs,
  });
  const owed = renderOwedTables(mirror.status.owed_by_table, width - "owed: ".length);
  const lines = [
    ...listTroubles(mirror).map(({ tone, text }) => palette(tone, cutText(text, width))),
    delivery,
    ...(owed === "" ? [] : [`owed: ${owed}`]),
  ];
  return (
    <Box flexDirection="column" height={rows + 1} overflow="hidden">
      <SectionTitle title="Supabase" note={renderOwed(mirror, nowMs)} columns={columns} />
      {lines.slice(0, rows).map((line, index) => (
        <Line key={index}>{`  ${line}`}</Line>
      ))}
    </Box>
  );
}
