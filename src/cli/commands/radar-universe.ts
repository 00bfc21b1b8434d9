import type { Command } from "commander";
import { callApi, query } from "../api.ts";
import { parseDate } from "../arguments.ts";
import type { Handler } from "../context.ts";
import { readTextFile } from "../read-file.ts";

interface UniverseReport {
  added: string[];
  removed: string[];
  total: number;
}

/** `vigia radar universe FILE`: the members of the S&P 500 from a file, for machines without network. */
export function registerUniverse(radar: Command, handle: Handler): void {
  radar
    .command("universe")
    .description("take the members of the S&P 500 from a CSV file with the columns Symbol and Security or Name")
    .argument("<file>", "CSV file")
    .option("--as-of <date>", "the day of which the list speaks (default: today)", parseDate)
    .option("--force", "take a list that differs from the last one by more than 5 %")
    .action((path: string, { asOf, force }: { asOf?: string; force?: boolean }) =>
      handle(async ({ output, globals, connect }) => {
        const body = await readTextFile(path);
        const target = `/api/radar/universe/import${query({ as_of: asOf, force: force ? "true" : undefined })}`;
        const init = { method: "POST", headers: { "content-type": "text/csv" }, body };
        const { added, removed, total } = await callApi<UniverseReport>(await connect(), target, init);
        output.data(
          globals.json
            ? JSON.stringify({ added, removed, total }, null, 2)
            : `${total} members: ${added.length} new, ${removed.length} gone.`,
        );
      }),
    );
}
