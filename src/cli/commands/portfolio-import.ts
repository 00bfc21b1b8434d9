import { basename } from "node:path";
import type { Command } from "commander";
import { EXIT } from "../../jobs/exit-codes.ts";
import type { PositionsReport } from "../../systems/portfolio/people/import-positions.ts";
import { callApi, query } from "../api.ts";
import type { Handler } from "../context.ts";
import { plainText } from "../output.ts";
import { readTextFile } from "../read-file.ts";

/** Characters of a file's name that the API takes. */
const MAX_NAME = 200;

/** `vigia portfolio import FILE`: positions from a CSV file. */
export function registerPositionsImport(portfolio: Command, handle: Handler): void {
  portfolio
    .command("import")
    .description("replace portfolios by the positions of a CSV file (symbol,quantity,acquisition_price)")
    .argument("<file>", "CSV file; the columns portfolio and user_id may say whose each line is")
    .option("--user <id>", "the one user whose positions these are")
    .option("--portfolio <name>", "portfolio of lines that name none (default: Principal)")
    .action((path: string, { user, portfolio: name }: { user?: string; portfolio?: string }) =>
      handle(async ({ output, globals, connect, exit }) => {
        const text = await readTextFile(path);
        const parameters = { user_id: user, portfolio: name, name: basename(path).slice(-MAX_NAME) };
        const init = { method: "POST", headers: { "content-type": "text/csv" }, body: text };
        const target = `/api/portfolio/import${query(parameters)}`;
        const report = await callApi<PositionsReport>(await connect(), target, init);
        for (const problem of report.problems) output.note(plainText(problem));
        if (report.stored < report.rows) exit(report.stored > 0 ? EXIT.partial : EXIT.failure);
        const { file, stored, rows, users, created } = report;
        const said = `${file}: ${stored} of ${rows} lines stored (users: ${users}, new: ${created})`;
        output.data(globals.json ? JSON.stringify(report, null, 2) : said);
      }),
    );
}
