import type { Command } from "commander";
import type { RunLogLine, RunView } from "../../jobs/runtime.ts";
import { callApi } from "../api.ts";
import type { Handler } from "../program.ts";

/** `vigia logs <run>`: the log lines of one run. */
export function registerLogs(program: Command, handle: Handler): void {
  program
    .command("logs")
    .description("print the log of a run")
    .argument("<run>", "number of the run (see: vigia runs)")
    .action((run: string) =>
      handle(async ({ output, globals, connect }) => {
        const path = `/api/jobs/runs/${encodeURIComponent(run)}`;
        const { logs } = await callApi<RunView & { logs: RunLogLine[] }>(await connect(), path);
        output.data(globals.json ? JSON.stringify(logs, null, 2) : logs.map(renderLine).join("\n"));
      }),
    );
}

const renderLine = ({ at, level, message, fields }: RunLogLine): string =>
  `${at.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${message}${fields ? ` ${JSON.stringify(fields)}` : ""}`;
