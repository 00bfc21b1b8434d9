import { basename } from "node:path";
import { Argument, type Command } from "commander";
import { EXIT } from "../../jobs/exit-codes.ts";
import { VigiaError } from "../../kit/errors.ts";
import { IMPORT_KINDS, type ImportReport } from "../../systems/recommendations/import-file.ts";
import { callApi, query } from "../api.ts";
import type { Handler } from "../program.ts";

/** `vigia rec import fundamentals|macro FILE`: answers of a source from a file, for machines without network. */
export function registerImport(program: Command, handle: Handler): void {
  program
    .command("rec")
    .description("the recommendations' own commands")
    .command("import")
    .description("fill stored answers from a CSV file (docs/data-sources.md shows the columns)")
    .addArgument(new Argument("<kind>", "what the file holds").choices(IMPORT_KINDS))
    .argument("<file>", "CSV file")
    .action((kind: string, path: string) =>
      handle(async ({ output, globals, connect, exit }) => {
        const file = Bun.file(path);
        if (!(await file.exists())) throw new VigiaError("file_unreadable", `${path} does not exist.`);
        const target = `/api/recommendations/import/${kind}${query({ name: basename(path) })}`;
        const init = { method: "POST", headers: { "content-type": "text/csv" }, body: await file.text() };
        const report = await callApi<ImportReport>(await connect(), target, init);
        for (const problem of report.problems) output.note(problem);
        if (report.problems.length > 0) exit(report.stored > 0 ? EXIT.partial : EXIT.failure);
        output.data(
          globals.json
            ? JSON.stringify(report, null, 2)
            : `${report.file}: ${report.stored} of ${report.rows} lines stored (${report.subjects.join(", ")})`,
        );
      }),
    );
}
