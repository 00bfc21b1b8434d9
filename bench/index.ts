import { parseArgs } from "node:util";
import { judge, type Row, ratioOf } from "./figure.ts";
import { describeMachine } from "./machine.ts";
import { type MeasuredRow, renderTable } from "./render.ts";
import { cycleRow } from "./rows/cycle.ts";
import { dailyRow } from "./rows/daily.ts";
import { dashboardRow } from "./rows/dashboard.ts";
import { downloadsRow } from "./rows/downloads.ts";
import { indicatorsRow } from "./rows/indicators.ts";
import { latestRow } from "./rows/latest.ts";
import { liveRow } from "./rows/live.ts";
import { memoryRow } from "./rows/memory.ts";
import { mirrorRow } from "./rows/mirror.ts";
import { radarRow } from "./rows/radar.ts";
import { startRow } from "./rows/start.ts";
import { technicalRow } from "./rows/technical.ts";
import { textRow } from "./rows/text.ts";

const ROWS: readonly Row[] = [
  technicalRow,
  indicatorsRow,
  radarRow,
  dailyRow,
  cycleRow,
  downloadsRow,
  latestRow,
  liveRow,
  startRow,
  dashboardRow,
  textRow,
  memoryRow,
  mirrorRow,
];

const USAGE = `bun run bench [ROW…] [--json]\n\n${ROWS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join("\n")}`;

/** `bun run bench`: the budgets of the design, measured. A missed budget is a result, so the exit code stays 0. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (values.help) return print(USAGE);
  const unknown = positionals.filter((name) => ROWS.every((row) => row.name !== name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no row ${unknown.join(", ")}.\n\n${USAGE}\n`);
    return 64;
  }
  const measured: MeasuredRow[] = [];
  for (const row of ROWS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    const figures = await row.measure((text) => process.stderr.write(`${row.name}: ${text}\n`));
    measured.push({ name: row.name, figures });
  }
  return print(values.json ? renderJson(measured) : `${renderTable(measured)}\n\n${describeMachine()}`);
}

function renderJson(rows: readonly MeasuredRow[]): string {
  const figures = rows.flatMap(({ name, figures }) =>
    figures.map((figure) => ({
      row: name,
      ...figure,
      ratio: ratioOf(figure) ?? null,
      verdict: judge(figure) || null,
    })),
  );
  return JSON.stringify({ machine: describeMachine(), figures }, null, 2);
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

process.exit(await main());
