import { Glob } from "bun";

/** A quoted text or a template, as the sources hold them. */
const TEXT = String.raw`("(?:[^"\\]|\\.)*"|\`(?:[^\`\\]|\\.)*\`)`;
/** `new HttpProblem(404, "unknown_path", "There is …")` */
const PROBLEM = new RegExp(String.raw`new HttpProblem\(\s*(\d{3}),\s*"([a-z_0-9]+)",\s*${TEXT}?`, "g");
/** `unknown_job: 404,` in the table of the errors that modules below the server throw. */
const TABLE = /STATUS_OF_CODE[^{]*\{([^}]*)\}/;
const TABLE_LINE = /(\w+): (\d{3})/g;
/** `new VigiaError("job_disabled", "…")` and the `super` of its subclasses. */
const THROWN = new RegExp(String.raw`(?:new VigiaError|super)\(\s*"([a-z_0-9]+)",\s*${TEXT}`, "g");

interface Row {
  code: string;
  status: string;
  detail: string;
}

/** `docs/errors.md`: the codes of problem details, found where they are thrown. */
export async function renderErrorsPage(): Promise<string> {
  const rows = await findProblems();
  if (rows.length < 15) throw new Error("scripts/render-errors.ts no longer finds the problems in the sources");
  return `${[
    "# Problem codes",
    "",
    "Generated from the sources by `bun run generate`. Anything that is not a success is `application/problem+json` with",
    "`{type, title, status, detail, code, request_id}`. `code` is stable, `detail` is a sentence for people and may change;",
    "`…` stands for what varies. `request_id` is what the log calls `correlation_id`.",
    "",
    "| status | code | detail |",
    "|---|---|---|",
    ...rows.map(({ status, code, detail }) => `| ${status} | \`${code}\` | ${detail.replaceAll("|", "\\|")} |`),
    "",
    "| where | also |",
    "|---|---|",
    "| 422 | `errors: [{path, message, code}]`, one for each bad parameter |",
    "| 409 `job_busy` | `running_id`, the run that keeps the job busy |",
    "| 429, 503 | the header `Retry-After` in seconds |",
    "| `POST /api/recommendations/import/{kind}` | 422 with the code of what is wrong with the file: `bad_header`, `bad_csv`, `bad_data`, `bad_file_name`, `not_supported` |",
    "| `POST /api/portfolio/import` | 422 likewise: `bad_header`, `bad_csv`, `too_many_lines`, `too_many_users`, `user_missing` |",
    "| `POST /api/radar/universe/import` | 422 likewise: `bad_header`, `bad_csv`, `bad_symbol`, `too_large`, `duplicate_members`, `universe_size`, `universe_changed`, `older_list` |",
    "| `mode=live` | the code of the source that gave nothing: 404 when it never will (`unknown_ticker`, `unknown_symbol`, `not_offered`), 429 when the hour's live analyses are used up, else 503 |",
  ].join("\n")}\n`;
}

async function findProblems(): Promise<Row[]> {
  const sources: string[] = [];
  for await (const path of new Glob("src/**/*.ts").scan(".")) sources.push(await Bun.file(path).text());
  const code = sources.join("\n");
  // The longest sentence says most; sorting makes the choice independent of the order of files.
  const fuller = (known: string | undefined, text: string) => [known ?? "", text].sort(byLength)[1]!;
  const thrown = new Map<string, string>();
  for (const [, name, text] of code.matchAll(THROWN)) thrown.set(name!, fuller(thrown.get(name!), readable(text)));
  const rows = new Map<string, Row>();
  const add = (row: Row) => {
    const key = `${row.status} ${row.code}`;
    const known = rows.get(key);
    if (!known || fuller(known.detail, row.detail) === row.detail) rows.set(key, row);
  };
  for (const [, status, name, text] of code.matchAll(PROBLEM))
    add({ status: status!, code: name!, detail: readable(text) });
  for (const [, name, status] of (TABLE.exec(code)?.[1] ?? "").matchAll(TABLE_LINE))
    add({ status: status!, code: name!, detail: thrown.get(name!) ?? "…" });
  return [...rows.values()].sort((a, b) => (`${a.status} ${a.code}` < `${b.status} ${b.code}` ? -1 : 1));
}

const byLength = (left: string, right: string) => left.length - right.length || (left < right ? -1 : 1);

/** The literal's text with `…` for its placeholders. */
const readable = (literal: string | undefined): string =>
  literal === undefined
    ? "…"
    : literal
        .slice(1, -1)
        .replace(/\$\{[^}]*\}/g, "…")
        .replaceAll('\\"', '"');
