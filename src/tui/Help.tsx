import { Box } from "ink";
import { cutText, displayWidth, fitText } from "./fit-text.ts";
import { KEY_BINDINGS } from "./keys.ts";
import { Line } from "./Line.tsx";
import { type Palette, usePalette } from "./palette.ts";
import { SectionTitle } from "./SectionTitle.tsx";

const LEGEND = [
  "live: events arrive · polling: read every 5 s · OFFLINE: the last data is shown with its age",
  "Chg: points since the ticker's previous date · Trend: its last 20 scores",
  "Closes: one bar a session · User: start and end of the id, failed first",
  "Owed: what Supabase has not accepted yet · Refused: what it will not take, now a dead letter",
  "Cover: share of the score's weights that had data · Conf: confidence of the verdict",
] as const;

/** Every key, from the same table that the keyboard is read with: one a line, or closer where there are too few lines. */
export function Help({ columns, rows }: { columns: number; rows: number }) {
  const palette = usePalette();
  const isRoomy = rows > KEY_BINDINGS.length + LEGEND.length + 1;
  const keys = isRoomy ? listKeys(columns, palette) : packKeys(columns, palette);
  const titled = rows > keys.length;
  const legend = ["", ...LEGEND.map((line) => `  ${palette("dim", cutText(line, columns - 4))}`)];
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

function listKeys(columns: number, palette: Palette): string[] {
  const labelWidth = Math.max(...KEY_BINDINGS.map(({ label }) => label.length));
  return KEY_BINDINGS.map(({ label, about, screens }) => {
    const where = screens.length > 1 ? "" : ` (${screens[0]})`;
    return `  ${palette("accent", fitText(label, labelWidth))}  ${cutText(about + where, columns - labelWidth - 4)}`;
  });
}

/** As many keys a line as it holds. */
function packKeys(columns: number, palette: Palette): string[] {
  const lines: { text: string; width: number }[] = [];
  for (const { label, about } of KEY_BINDINGS) {
    const cut = cutText(about, columns - displayWidth(label) - 3);
    const entry = `${palette("accent", label)} ${cut}`;
    const width = displayWidth(label) + 1 + displayWidth(cut);
    const last = lines.at(-1);
    if (last && last.width + 3 + width <= columns) {
      last.text += `   ${entry}`;
      last.width += 3 + width;
    } else lines.push({ text: `  ${entry}`, width: 2 + width });
  }
  return lines.map(({ text }) => text);
}
