import type { Command } from "commander";
import { readSettings } from "../../environment.ts";
import { camelCase, VARIABLES } from "../../settings.ts";
import type { Handler } from "../context.ts";
import { renderTable } from "../output.ts";

interface Shown {
  name: string;
  value: unknown;
  secret: boolean;
  about: string;
}

/** `vigia settings`: every variable with its value as read now; secrets only say whether they are set. */
export function registerSettings(program: Command, handle: Handler): void {
  program
    .command("settings")
    .description("print every setting as it is read now; secrets only say whether they are set")
    .action(() =>
      handle(async ({ output, globals, environment }) => {
        const { settings, warnings, unused } = readSettings(environment, globals.envFile);
        for (const warning of warnings) output.note(warning);
        const values = settings as unknown as Record<string, unknown>;
        const rows = Object.entries(VARIABLES).map(([name, variable]): Shown => {
          const secret = "secret" in variable && variable.secret === true;
          return { name, value: shownValue(values[camelCase(name)], secret), secret, about: variable.about };
        });
        if (globals.json) return output.data(JSON.stringify({ settings: rows, unused }, null, 2));
        output.data(
          renderTable(rows, [
            { title: "VARIABLE", value: (row) => row.name },
            {
              title: "VALUE",
              value: ({ value }) =>
                value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value),
            },
          ]),
        );
        for (const { name, reason } of unused) output.note(`${name} does nothing here: ${reason}.`);
      }),
    );
}

function shownValue(value: unknown, secret: boolean): unknown {
  if (value === undefined) return secret ? "not set" : null;
  if (secret) return `set (${String(value).length} characters)`;
  return value instanceof Date ? value.toISOString() : value;
}
