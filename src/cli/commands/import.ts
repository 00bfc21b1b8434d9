import { basename } from "node:path";
import { Argument, type Command } from "commander";
import { EXIT } from "../../jobs/exit-codes.ts";
import { IMPORT_KINDS, type ImportReport } from "../../systems/recommendations/import-file.ts";
import { callApi, query } from "../api.ts";
import type { Handler } from "../context.ts";
import { plainText } from "../output.ts";
import { readTextFile } from "../read-file.ts";

/** Characters of a file's name that the API takes. */
const MAX_NAME = 200;

/** `vigia rec import prices|fundamentals|macro FILE`: answers of a source from a file, for machines without network. */
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
        const text = await readTextFile(path);
        const target = `/api/recommendations/import/${kind}${query({ name: basename(path).slice(-MAX_NAME) })}`;
        const init = { method: "POST", headers: { "content-type": "text/csv" }, body: text };
        const report = await callApi<ImportReport>(await connect(), target, init);
        for (const problem of report.problems) output.note(plainText(problem));
        if (report.problems.length > 0) exit(report.stored > 0 ? EXIT.partial : EXIT.failure);
        output.data(
          globals.json
            ? JSON.stringify(report, null, 2)
            : `${report.file}: ${report.stored} of ${report.rows} lines stored (${report.subjects.join(", ")})`,
        );
      }),
    );
}
