import { UNUSED_PREFIXES, UNUSED_VARIABLES, VARIABLES } from "../src/settings.ts";

interface Row {
  name: string;
  group: string;
  about: string;
  fallback: string;
  shown: string;
  secret: boolean;
  aliases: readonly string[];
}

function rows(): Row[] {
  return Object.entries(VARIABLES).map(([name, variable]) => {
    const { group, about, schema, secret = false, aliases = [], shown } = variable as typeof variable & Partial<Row>;
    const parsed = schema.safeParse(undefined);
    const fallback = parsed.success ? asText(parsed.data) : "";
    return {
      name,
      group,
      about,
      fallback,
      shown: shown ?? (fallback === "" ? "–" : `\`${fallback}\``),
      secret,
      aliases,
    };
  });
}

function asText(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function renderEnvExample(): string {
  const lines = [
    "# Every variable of Vigía with its default. Generated from src/settings.ts by `bun run generate`.",
    "# Copy to .env and keep only what you change. The process environment wins over the file.",
  ];
  let group = "";
  for (const row of rows()) {
    if (row.group !== group) lines.push("", `# --- ${row.group}`);
    group = row.group;
    lines.push(`# ${row.about}${row.secret ? " (secret)" : ""}`, `# ${row.name}=${quoted(row.fallback)}`);
  }
  return `${lines.join("\n")}\n`;
}

const quoted = (value: string): string => (/[\s"#{]/.test(value) ? `'${value}'` : value);

export function renderSettingsPage(): string {
  const lines = [
    "# Settings",
    "",
    "Generated from `src/settings.ts` by `bun run generate`. A value is looked for in the process environment, then in the",
    "env file (`--env-file F`, else `.env`), then the default counts. An empty value is an unset one. Unknown names are",
    "ignored; all faults are reported together and the start ends with exit code 78. Secrets are never printed.",
  ];
  let group = "";
  for (const row of rows()) {
    if (row.group !== group) lines.push("", `## ${row.group}`, "", "| variable | default | meaning |", "|---|---|---|");
    group = row.group;
    const notes = [
      row.secret ? "Secret." : "",
      row.aliases.length > 0 ? `Also read as ${row.aliases.map((alias) => `\`${alias}\``).join(", ")}.` : "",
    ];
    lines.push(
      `| \`${row.name}\` | ${row.shown} | ${[row.about, ...notes].filter(Boolean).join(" ").replaceAll("|", "\\|")} |`,
    );
  }
  lines.push(
    "",
    "## Accepted without a use",
    "",
    "Names of the systems that Vigía replaces. They may stay in an env file; met ones are named once at debug level.",
    "",
    "| variable | why it does nothing |",
    "|---|---|",
    ...Object.entries(UNUSED_VARIABLES).map(([name, reason]) => `| \`${name}\` | ${reason} |`),
    ...Object.entries(UNUSED_PREFIXES).map(([prefix, reason]) => `| \`${prefix}*\` | ${reason} |`),
  );
  return `${lines.join("\n")}\n`;
}
