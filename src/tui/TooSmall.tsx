import { Box } from "ink";
import { cutText } from "./fit-text.ts";
import { Line } from "./Line.tsx";
import { MIN_COLUMNS, MIN_ROWS } from "./overview-layout.ts";

/** All that a terminal too small for the dashboard shows. */
export function TooSmall({ columns, rows }: { columns: number; rows: number }) {
  const lines = ["terminal too small", `${columns}x${rows}, needs ${MIN_COLUMNS}x${MIN_ROWS}`, "q quit"];
  return (
    <Box flexDirection="column" height={rows} overflow="hidden">
      {lines.slice(0, rows).map((line) => (
        <Line key={line}>{cutText(line, columns)}</Line>
      ))}
    </Box>
  );
}
