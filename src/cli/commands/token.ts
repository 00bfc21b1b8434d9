import { resolve } from "node:path";
import type { Command } from "commander";
import { readSettings } from "../../environment.ts";
import { loadOperatorToken } from "../../server/identity/index.ts";
import type { Handler } from "../context.ts";

/** `vigia token`: the operator's token of the data directory, for scripts and frontends on this machine. */
export function registerToken(program: Command, handle: Handler): void {
  program
    .command("token")
    .description("print the operator token of this data directory (keep it secret)")
    .action(() =>
      handle(async ({ output, globals, environment }) => {
        const { settings } = readSettings(environment, globals.envFile);
        const { token, generated } = loadOperatorToken(resolve(settings.vigiaDataDir), settings);
        if (globals.json)
          return output.data(
            JSON.stringify({ token, from: generated ? "data directory" : "VIGIA_ADMIN_TOKEN" }, null, 2),
          );
        output.note(
          generated
            ? "Valid from this machine only. Set VIGIA_ADMIN_TOKEN for one that counts from anywhere."
            : "From VIGIA_ADMIN_TOKEN.",
        );
        output.data(token);
      }),
    );
}
