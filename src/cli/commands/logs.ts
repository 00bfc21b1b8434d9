import type { Command } from "commander";
import type { RunLogLine } from "../../jobs/runtime.ts";
import { callApi, query } from "../api.ts";
import { parseCount } from "../arguments.ts";
import type { Connection } from "../connection.ts";
import type { Handler } from "../context.ts";
import { plainText } from "../output.ts";

/** `vigia logs <run>`: the log lines of one run. */
export function registerLogs(program: Command, handle: Handler): void {
  program
    .command("logs")
    .description("print the log of a run")
    .argument("<run>", "number of the run (see: vigia runs)", parseCount)
    .action((run: number) =>
      handle(async ({ output, globals, connect }) => {
        const lines = await loadLines(await connect(), run);
        if (globals.json) return output.data(JSON.stringify(lines, null, 2));
        if (lines.length === 0) return output.note(`Run ${run} has no log lines (kept for 14 days).`);
        output.data(lines.map(renderLine).join("\n"));
      }),
    );
}

/** Lines in one answer of the API at most. */
const PAGE = 1_000;

async function loadLines(connection: Connection, run: number): Promise<RunLogLine[]> {
  const lines: RunLogLine[] = [];
  for (;;) {
    const parameters = { log_limit: PAGE, after_seq: lines.at(-1)?.seq };
    const path = `/api/jobs/runs/${run}${query(parameters)}`;
    const { logs } = await callApi<{ logs: RunLogLine[] }>(connection, path);
    lines.push(...logs);
    if (logs.length < PAGE) return lines;
  }
}

const renderLine = ({ at, level, message, fields }: RunLogLine): string =>
  plainText(
    `${at.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${message}${fields ? ` ${JSON.stringify(fields)}` : ""}`,
  );
