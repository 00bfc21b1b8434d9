import { Box } from "ink";
import { cutText, fitText } from "./fit-text.ts";
import { KEY_BINDINGS } from "./keys.ts";
import { Line } from "./Line.tsx";
import { usePalette } from "./palette.ts";
import { SectionTitle } from "./SectionTitle.tsx";

const LEGEND = [
  "live: events arrive · polling: read every 5 s · OFFLINE: the last data is shown with its age",
  "Chg: points since the ticker's previous date · Trend: its last 20 scores",
  "Cover: share of the score's weights that had data · Conf: confidence of the verdict",
] as const;

/** Every key, from the same table that the keyboard is read with. */
export function Help({ columns, rows }: { columns: number; rows: number }) {
  const palette = usePalette();
  const labelWidth = Math.max(...KEY_BINDINGS.map(({ label }) => label.length));
  const keys = KEY_BINDINGS.map(({ label, about, screens }) => {
    const where = screens.length > 1 ? "" : ` (${screens[0]})`;
    return `  ${palette("accent", fitText(label, labelWidth))}  ${cutText(about + where, columns - labelWidth - 4)}`;
  });
  const legend = ["", ...LEGEND.map((line) => `  ${palette("dim", cutText(line, columns - 4))}`)];
  const titled = rows > keys.length;
  const lines = [...keys, ...legend].slice(0, rows - (titled ? 1 : 0));
  return (
    <Box flexDirection="column" height={rows} overflow="hidden">
      {titled && <SectionTitle title="Keys" note="? closes" columns={columns} focused />}
      {lines.map((line, index) => (
        <Line key={index}>{line}</Line>
      ))}
    </Box>
  );
}
