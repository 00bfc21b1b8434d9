import type { Command } from "commander";
import type { AssetView, UserDetail, UserSummary } from "../../systems/portfolio/people/user-views.ts";
import { callApi, query } from "../api.ts";
import { parseCount } from "../arguments.ts";
import type { Connection } from "../connection.ts";
import type { CommandContext, Handler } from "../context.ts";
import { type Column, type Output, plainText, renderTable } from "../output.ts";
import { bodyOf, type PersonOptions, withPersonOptions } from "../person-options.ts";
import { registerPositionsImport } from "./portfolio-import.ts";

/** `vigia portfolio users [add|show|update|remove]`, `vigia portfolio import FILE`. */
export function registerPortfolioUsers(portfolio: Command, handle: Handler): void {
  const users = portfolio
    .command("users")
    .description("list the users whose positions are analysed")
    .option("--limit <count>", "how many", parseCount, 100)
    .action(({ limit }: { limit: number }) => handle((context) => printUsers(context, limit)));
  withPersonOptions(users.command("add").description("add a user"))
    .option("--id <uuid>", "their id; a new one is made without it")
    .action((options: PersonOptions & { id?: string }) =>
      handle(async (context) => {
        const body = { ...bodyOf(options), ...(options.id === undefined ? {} : { user_id: options.id }) };
        showUser(context, await send(await context.connect(), "POST", "", body));
      }),
    );
  users
    .command("show")
    .description("show a user with portfolios and configuration")
    .argument("<id>", "the user's id")
    .action((id: string) =>
      handle(async (context) => showUser(context, await callApi<UserDetail>(await context.connect(), pathOf(id)))),
    );
  withPersonOptions(
    users.command("update").description('change a user; "" clears a value').argument("<id>", "the user's id"),
  )
    .option("--no-config", "remove the configuration")
    .action((id: string, options: PersonOptions) =>
      handle(async (context) => showUser(context, await send(await context.connect(), "PATCH", id, bodyOf(options)))),
    );
  users
    .command("remove")
    .description("remove a user with their portfolios, configuration, files, alerts and results")
    .argument("<id>", "the user's id")
    .action((id: string) =>
      handle(async ({ output, globals, connect }) => {
        await callApi<undefined>(await connect(), pathOf(id), { method: "DELETE" });
        const removed = `${id}: removed, with portfolios, configuration, files, alerts and results`;
        output.data(globals.json ? JSON.stringify({ user_id: id, removed: true }, null, 2) : removed);
      }),
    );
  registerPositionsImport(portfolio, handle);
}

const pathOf = (id: string) => `/api/portfolio/users${id && `/${encodeURIComponent(id)}`}`;

function send(connection: Connection, method: string, id: string, body: unknown): Promise<UserDetail> {
  const headers = { "content-type": "application/json" };
  return callApi<UserDetail>(connection, pathOf(id), { method, headers, body: JSON.stringify(body) });
}

/** Users in one answer of the API at most. */
const PAGE = 200;

async function printUsers({ output, globals, connect }: CommandContext, limit: number): Promise<void> {
  const connection = await connect();
  const users: UserSummary[] = [];
  let cursor: string | undefined;
  do {
    const parameters = { limit: Math.min(PAGE, limit - users.length), cursor };
    const path = `${pathOf("")}${query(parameters)}`;
    const page = await callApi<{ items: UserSummary[]; next_cursor: string | null }>(connection, path);
    users.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && users.length < limit);
  if (globals.json) return output.data(JSON.stringify(users, null, 2));
  if (users.length === 0)
    return output.note("There are no users. Run: vigia portfolio users add, or portfolio import.");
  output.data(renderTable(users, USER_COLUMNS));
  if (cursor !== undefined) output.note(`These are the first ${users.length}; --limit shows more.`);
}

const USER_COLUMNS: readonly Column<UserSummary>[] = [
  { title: "USER", value: (user) => user.user_id },
  { title: "NAME", value: (user) => user.display_name },
  { title: "SOURCE", value: (user) => user.source },
  { title: "STATE", value: (user) => (user.active ? "active" : "inactive") },
  { title: "PORTFOLIOS", value: (user) => user.portfolio_count, align: "right" },
  { title: "ASSETS", value: (user) => user.asset_count, align: "right" },
];

function showUser({ output, globals }: CommandContext, user: UserDetail): void {
  if (globals.json) output.data(JSON.stringify(user, null, 2));
  else printUser(output, user);
}

function printUser(output: Output, user: UserDetail): void {
  const { config, portfolios } = user;
  const state = [user.source, user.active ? "active" : "inactive", user.email, user.timezone].filter(Boolean);
  output.data(plainText(`${user.user_id}  ${user.display_name}  (${state.join(", ")})`));
  if (config)
    output.data(
      plainText(
        `tickers ${config.portfolio_tickers.join(",") || "–"}, sp500 ${config.scan_sp500}, crypto ${config.scan_crypto}, at most ${config.max_candidates} candidates`,
      ),
    );
  const rows = portfolios.flatMap(({ portfolio_name, assets }) =>
    assets.map((asset) => ({ portfolio_name, ...asset })),
  );
  if (rows.length === 0) output.note("No assets.");
  else output.data(renderTable(rows, ASSET_COLUMNS));
}

const ASSET_COLUMNS: readonly Column<AssetView & { portfolio_name: string }>[] = [
  { title: "PORTFOLIO", value: (row) => row.portfolio_name },
  { title: "SYMBOL", value: (row) => row.asset_symbol },
  { title: "QUANTITY", value: (row) => row.quantity, align: "right" },
  { title: "PRICE", value: (row) => row.acquisition_price, align: "right" },
];
