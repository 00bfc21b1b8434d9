import type { Command } from "commander";
import type { AlertView } from "../../jobs/runtime.ts";
import { callApi, query } from "../api.ts";
import type { Handler } from "../context.ts";
import { renderTable } from "../output.ts";

/** What the API gives at most; the newest ones. */
const MAX_ALERTS = 500;

/** `vigia alerts [--all]`: what is wrong now, or what was. */
export function registerAlerts(program: Command, handle: Handler): void {
  program
    .command("alerts")
    .description("list the alerts that are firing")
    .option("--all", "resolved ones too (the newest 500 in all)")
    .action((options: { all?: boolean }) =>
      handle(async ({ output, globals, connect }) => {
        const path = `/api/alerts${query({ state: options.all ? undefined : "firing", limit: MAX_ALERTS })}`;
        const { items } = await callApi<{ items: AlertView[] }>(await connect(), path);
        if (globals.json) return output.data(JSON.stringify(items, null, 2));
        if (items.length === 0) return output.note("No alerts.");
        output.data(
          renderTable(items, [
            { title: "STATE", value: (alert) => alert.state },
            { title: "LEVEL", value: (alert) => alert.level },
            { title: "RULE", value: (alert) => alert.rule },
            { title: "SUBJECT", value: (alert) => alert.subject },
            { title: "SINCE", value: (alert) => alert.since.slice(0, 16).replace("T", " ") },
            { title: "MESSAGE", value: (alert) => alert.message },
          ]),
        );
      }),
    );
}
