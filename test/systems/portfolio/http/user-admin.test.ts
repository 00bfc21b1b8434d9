import { describe, expect, test } from "bun:test";
import { createIds } from "../../../../src/kit/ids.ts";
import type { AuditEntry } from "../../../../src/server/identity/audit.ts";
import { createServer } from "../../../../src/server/index.ts";
import { createMetrics } from "../../../../src/server/metrics/index.ts";
import { userAdminRoutes } from "../../../../src/systems/portfolio/http/user-admin-routes.ts";
import { createUserRecords } from "../../../../src/systems/portfolio/people/user-records.ts";
import type { UserDetail, UserSummary } from "../../../../src/systems/portfolio/people/user-views.ts";
import { openTestServer } from "../../../server/harness.ts";
import { giveUser, uuid } from "../people/people-fixtures.ts";
import { FOREIGN, identityOfRoles, OWN, type Role, tokenOf } from "./roles.ts";

const COPIED = uuid(3);
const UNKNOWN = uuid(9);

async function openApi() {
  const base = await openTestServer();
  const { db } = base.store;
  const { clock, log } = base;
  const ids = createIds(clock);
  const audited: AuditEntry[] = [];
  const routes = userAdminRoutes({
    records: createUserRecords({ db, clock, ids, directory: "auto", defaultPortfolio: false }),
    audit: async (entry) => void audited.push(entry),
  });
  const identity = identityOfRoles(base.options.identity);
  const systems = [{ name: "portfolio", routes }];
  const app = createServer({ ...base.options, identity, metrics: createMetrics({ log }), systems });
  await giveUser(db, { userId: OWN, firstName: "Usuario", holds: { Largo: ["YPF", "GGAL"], Otra: ["YPF"] } });
  await giveUser(db, { userId: FOREIGN, holds: { Largo: ["PAM"] } });
  await giveUser(db, { userId: COPIED, source: "supabase", holds: { Largo: ["TSLA"] } });
  const call = async (role: Role, method: string, path: string, body?: unknown) => {
    const headers: Record<string, string> = {
      ...tokenOf(role),
      ...(body === undefined ? {} : { "Content-Type": typeof body === "string" ? "text/csv" : "application/json" }),
    };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const init = { method, headers, ...(body === undefined ? {} : { body: text }) };
    const response = await app.request(`/api/portfolio${path}`, init);
    const answer = response.status === 204 ? undefined : await response.json();
    return { status: response.status, headers: response.headers, body: answer as Record<string, unknown> };
  };
  const stored = async () => {
    const tables = ["users", "portfolios", "assets", "portfolio_config"];
    const rows = await Promise.all(tables.map((table) => db.client.execute(`select * from ${table} order by 1`)));
    return JSON.stringify(rows.map(({ rows: all }) => all));
  };
  return { call, stored, db, audited, clock, [Symbol.asyncDispose]: base[Symbol.asyncDispose] };
}

const NOT_MINE = { status: 404, code: "unknown_user" };
const STRANGER = { status: 401, code: "not_authenticated" };
const REFUSED = { status: 403, code: "forbidden" };

describe("who may read whom", () => {
  const cases: [Role, { own: object; foreign: object; me: object; unknown: object; list: object }][] = [
    ["anonymous", { own: STRANGER, foreign: STRANGER, me: STRANGER, unknown: STRANGER, list: STRANGER }],
    ["self", { own: { status: 200 }, foreign: NOT_MINE, me: { status: 200 }, unknown: NOT_MINE, list: REFUSED }],
    ["viewer", { own: NOT_MINE, foreign: NOT_MINE, me: NOT_MINE, unknown: NOT_MINE, list: REFUSED }],
    ["analyst", { own: NOT_MINE, foreign: NOT_MINE, me: NOT_MINE, unknown: NOT_MINE, list: REFUSED }],
    [
      "viewer who is a user",
      { own: { status: 200 }, foreign: NOT_MINE, me: { status: 200 }, unknown: NOT_MINE, list: REFUSED },
    ],
    ["foreign admin", { own: NOT_MINE, foreign: NOT_MINE, me: NOT_MINE, unknown: NOT_MINE, list: REFUSED }],
    ["cli of another", { own: NOT_MINE, foreign: NOT_MINE, me: NOT_MINE, unknown: NOT_MINE, list: REFUSED }],
    ...(["admin", "cli of the house", "operator"] as const).map((role): (typeof cases)[number] => [
      role,
      { own: { status: 200 }, foreign: { status: 200 }, me: NOT_MINE, unknown: NOT_MINE, list: { status: 200 } },
    ]),
  ];

  test.each(cases)("%s", async (role, wanted) => {
    await using api = await openApi();
    const paths = { own: `/${OWN}`, foreign: `/${FOREIGN}`, me: "/me", unknown: `/${UNKNOWN}`, list: "" };
    for (const [what, path] of Object.entries(paths)) {
      const { status, body } = await api.call(role, "GET", `/users${path}`);
      const expected = wanted[what as keyof typeof wanted];
      expect([what, { status, code: body?.code }]).toEqual([what, { code: undefined, ...expected } as never]);
    }
    expect(api.audited).toEqual([]);
  });

  test("a foreign id answers exactly like an unknown one", async () => {
    await using api = await openApi();
    const answers = [FOREIGN, UNKNOWN].map(async (id) => {
      const { body, headers } = await api.call("self", "GET", `/users/${id}`);
      const names = [...headers.keys()].sort();
      return JSON.stringify([{ ...body, request_id: "" }, names]).replaceAll(id, "ID");
    });
    const [foreign, unknown] = await Promise.all(answers);
    expect(foreign).toBe(unknown!);
  });

  test("users see all that is stored of them", async () => {
    await using api = await openApi();
    const { body } = await api.call("self", "GET", "/users/me");
    expect(body).toMatchObject({
      user_id: OWN,
      display_name: "Usuario",
      source: "local",
      portfolio_count: 2,
      asset_count: 3,
      symbols: ["YPF", "GGAL"],
      config: null,
      portfolios: [
        {
          portfolio_name: "Largo",
          assets: [
            { asset_symbol: "YPF", quantity: 1, acquisition_price: 10.5 },
            { asset_symbol: "GGAL", quantity: 2, acquisition_price: 10.5 },
          ],
        },
        { portfolio_name: "Otra" },
      ],
    });
  });

  test("an id in upper case is the same id", async () => {
    await using api = await openApi();
    const id = "ABCDEF00-0000-4000-8000-000000000000";
    await api.call("operator", "POST", "/users", { user_id: id });
    expect((await api.call("operator", "GET", `/users/${id}`)).body.user_id).toBe(id.toLowerCase());
  });
});

describe("who may change what", () => {
  const changes: [string, string, string, unknown][] = [
    ["add", "POST", "/users", { first_name: "Nuevo" }],
    ["update", "PATCH", `/users/${OWN}`, { first_name: "Otro" }],
    ["update unknown", "PATCH", `/users/${UNKNOWN}`, { first_name: "Otro" }],
    ["remove", "DELETE", `/users/${OWN}`, undefined],
    ["replace", "PUT", `/users/${OWN}/portfolios/Largo`, { assets: [] }],
    ["drop", "DELETE", `/users/${OWN}/portfolios/Largo`, undefined],
    ["import", "POST", `/import?user_id=${OWN}`, "symbol\nMELI"],
  ];
  const powerless: Role[] = [
    "anonymous",
    "self",
    "viewer",
    "analyst",
    "viewer who is a user",
    "foreign admin",
    "cli of another",
  ];

  test.each(powerless.map((role) => [role]))("%s changes nothing", async (role) => {
    await using api = await openApi();
    const before = await api.stored();
    for (const [what, method, path, body] of changes) {
      const { status, body: answer } = await api.call(role, method, path, body);
      const wanted = role === "anonymous" ? STRANGER : REFUSED;
      expect([what, status, answer?.code]).toEqual([what, wanted.status, wanted.code]);
    }
    expect(await api.stored()).toBe(before);
    expect(api.audited).toEqual([]);
  });

  test.each([["admin"], ["cli of the house"], ["operator"]] as [Role][])("%s may", async (role) => {
    await using api = await openApi();
    const statuses: number[] = [];
    for (const [, method, path, body] of changes.toSorted((left, right) => rank(left[0]) - rank(right[0])))
      statuses.push((await api.call(role, method, path, body)).status);
    expect(statuses).toEqual([201, 200, 404, 200, 204, 200, 204]);
    expect(api.audited.map(({ action }) => action)).toEqual([
      "user.create",
      "user.update",
      "user.replace_portfolio",
      "user.delete_portfolio",
      "user.import",
      "user.delete",
    ]);
  });
  const ORDER = ["add", "update", "update unknown", "replace", "drop", "import", "remove"];
  const rank = (what: string) => ORDER.indexOf(what);

  test.each(changes.filter(([, method, path]) => method !== "POST" && path.includes(OWN)))(
    "409 for a user copied from Supabase: %s",
    async (_, method, path, body) => {
      await using api = await openApi();
      const before = await api.stored();
      const { status, body: answer } = await api.call("operator", method, path.replace(OWN, COPIED), body);
      expect([status, answer.code]).toEqual([409, "read_only_user"]);
      expect(await api.stored()).toBe(before);
      expect(api.audited).toEqual([]);
    },
  );

  test("what is audited says who and what, and nothing about the person", async () => {
    await using api = await openApi();
    await api.call("admin", "PATCH", `/users/${OWN}`, { email: "secreto@example.com", first_name: "Secreto" });
    const [entry] = api.audited;
    expect(entry).toMatchObject({ action: "user.update", entityId: OWN, details: { fields: ["email", "first_name"] } });
    expect(JSON.stringify(entry)).not.toMatch(/secreto/i);
  });
});

describe("adding and changing", () => {
  test("201 with the user and where they are", async () => {
    await using api = await openApi();
    const { status, headers, body } = await api.call("operator", "POST", "/users", {
      email: "uno@example.com",
      first_name: " Nuevo ",
      timezone: "America/Lima",
      config: { portfolio_tickers: ["ypf", "BTC-USD"], max_candidates: 3 },
    });
    expect([status, headers.get("location")]).toEqual([201, `/api/portfolio/users/${body.user_id}`]);
    expect(body).toMatchObject({
      email: "uno@example.com",
      display_name: "Nuevo",
      timezone: "America/Lima",
      active: true,
      source: "local",
      symbols: ["YPF", "BTC-USD"],
      config: { portfolio_tickers: ["YPF", "BTC-USD"], scan_sp500: true, scan_crypto: true, max_candidates: 3 },
    });
  });

  test("409 for an id that is taken, with nothing changed", async () => {
    await using api = await openApi();
    const before = await api.stored();
    const { status, body } = await api.call("operator", "POST", "/users", {
      user_id: OWN,
      config: { scan_crypto: false },
    });
    expect([status, body.code]).toEqual([409, "user_exists"]);
    expect(await api.stored()).toBe(before);
  });

  test("a change touches what was sent; null clears", async () => {
    await using api = await openApi();
    const first = {
      email: "uno@example.com",
      last_name: "Uno",
      config: { portfolio_tickers: ["SPY"], scan_crypto: false },
    };
    await api.call("operator", "PATCH", `/users/${OWN}`, first);
    const second = { email: null, active: false, config: { max_candidates: 0 } };
    const { body } = await api.call("operator", "PATCH", `/users/${OWN}`, second);
    expect(body).toMatchObject({ email: null, first_name: "Usuario", last_name: "Uno", active: false });
    expect(body.config).toEqual({
      portfolio_tickers: ["SPY"],
      scan_sp500: true,
      scan_crypto: false,
      max_candidates: 0,
    });
    expect((await api.call("operator", "PATCH", `/users/${OWN}`, { config: null })).body.config).toBeNull();
    expect((await api.call("operator", "PATCH", `/users/${OWN}`, {})).body.last_name).toBe("Uno");
  });

  test.each([
    ["POST", "/users", { password: "x" }, "body"],
    ["POST", "/users", { source: "supabase" }, "body"],
    ["POST", "/users", { user_id: "1" }, "body.user_id"],
    ["POST", "/users", { email: "no address" }, "body.email"],
    ["POST", "/users", { first_name: "" }, "body.first_name"],
    ["POST", "/users", { first_name: "dos\nlíneas" }, "body.first_name"],
    ["POST", "/users", { timezone: "Marte/Olympus" }, "body.timezone"],
    ["POST", "/users", { config: { max_candidates: 101 } }, "body.config.max_candidates"],
    ["POST", "/users", { config: { portfolio_tickers: ["no symbol!"] } }, "body.config.portfolio_tickers.0"],
    ["POST", "/users", { config: { role: "admin" } }, "body.config"],
    ["PATCH", `/users/${OWN}`, { user_id: FOREIGN }, "body"],
    ["PUT", `/users/${OWN}/portfolios/A`, { assets: [{ asset_symbol: "YPF", quantity: 0 }] }, "body.assets.0.quantity"],
    [
      "PUT",
      `/users/${OWN}/portfolios/A`,
      { assets: [{ asset_symbol: "YPF", quantity: -1 }] },
      "body.assets.0.quantity",
    ],
    [
      "PUT",
      `/users/${OWN}/portfolios/A`,
      { assets: [{ asset_symbol: "YPF", quantity: "1" }] },
      "body.assets.0.quantity",
    ],
    ["PUT", `/users/${OWN}/portfolios/A`, { assets: [{ symbol: "YPF" }] }, "body.assets.0.asset_symbol"],
    ["PUT", `/users/${OWN}/portfolios/A`, {}, "body.assets"],
    ["PUT", `/users/${OWN}/portfolios/%20`, { assets: [] }, "path.portfolio"],
    ["GET", "/users?limit=0", undefined, "query.limit"],
    ["GET", "/users?source=other", undefined, "query.source"],
    ["GET", `/users/${"x".repeat(65)}`, undefined, "path.id"],
  ])("422: %s %s %j names %s", async (method, path, body, named) => {
    await using api = await openApi();
    const before = await api.stored();
    const answer = await api.call("operator", method, path, body);
    const [error] = answer.body.errors as { path: string }[];
    expect([answer.status, answer.body.code, error?.path]).toEqual([422, "invalid_input", named]);
    expect(await api.stored()).toBe(before);
  });

  test("a portfolio is made, then replaced; lots of one symbol stay apart", async () => {
    await using api = await openApi();
    const path = `/users/${FOREIGN}/portfolios/${encodeURIComponent("A/B ñ")}`;
    const lot = { asset_symbol: "ypf", quantity: 1.5, acquisition_price: 0 };
    const made = await api.call("operator", "PUT", path, { description: "Prueba", assets: [lot, lot] });
    expect([made.status, (made.body as unknown as UserDetail).portfolios[1]]).toMatchObject([
      201,
      { portfolio_name: "A/B ñ", description: "Prueba", assets: [{ asset_symbol: "YPF" }, { asset_symbol: "YPF" }] },
    ]);
    const replaced = await api.call("operator", "PUT", path, { assets: [{ asset_symbol: "GGAL" }] });
    const [first, second] = (replaced.body as unknown as UserDetail).portfolios;
    expect([replaced.status, first?.assets.length]).toEqual([200, 1]);
    expect(second).toMatchObject({ description: "Prueba", assets: [{ asset_symbol: "GGAL", quantity: null }] });
    expect((await api.call("operator", "DELETE", path)).status).toBe(204);
    expect((await api.call("operator", "DELETE", path)).body.code).toBe("unknown_portfolio");
  });

  test("5,000 assets fit a user and one more does not, counted over all portfolios", async () => {
    await using api = await openApi();
    const assets = Array.from({ length: 5_000 }, () => ({ asset_symbol: "YPF" }));
    const { status, body } = await api.call("operator", "PUT", `/users/${FOREIGN}/portfolios/Grande`, { assets });
    expect([status, body.code, body.detail]).toEqual([
      422,
      "too_many_assets",
      expect.stringContaining("room for 4999"),
    ]);
    const largo = await api.call("operator", "PUT", `/users/${FOREIGN}/portfolios/Largo`, { assets });
    expect([largo.status, largo.body.asset_count]).toEqual([200, 5_000]);
  });
});

describe("removing", () => {
  test("everything of the user goes, and only theirs; texts that others share stay", async () => {
    await using api = await openApi();
    const execute = (sql: string) => api.db.client.execute(sql);
    await execute("insert into portfolio_contents values ('own', 'secreto'), ('shared', 'mercado')");
    for (const [user, sha] of [
      [OWN, "own"],
      [FOREIGN, "shared"],
    ])
      await execute(`insert into portfolio_files values ('${user}', 'portfolio_informe.md', '${sha}', 1, 1, 1, '')`);
    await execute(`insert into portfolio_files values ('${OWN}', 'mercado_informe.md', 'shared', 1, 1, 1, '')`);
    for (const user of [OWN, FOREIGN])
      await execute(
        `insert into portfolio_alerts values ('${user}', 'YPF', 'T', '2026-03-02', 'HIGH', '', '', 1, 1, '', null)`,
      );
    expect((await api.call("operator", "DELETE", `/users/${OWN}`)).status).toBe(204);
    expect(api.audited[0]?.details).toEqual({ files: 2, alerts: 1 });
    const { rows } = await execute(`select (select group_concat(sha256) from portfolio_contents),
      (select group_concat(user_id) from portfolio_files), (select group_concat(user_id) from portfolio_alerts),
      (select count(*) from assets), (select count(*) from users)`);
    expect(Object.values(rows[0]!).slice(0, 5)).toEqual(["shared", FOREIGN, FOREIGN, 2, 2]);
    expect((await api.call("self", "GET", "/users/me")).body.code).toBe("unknown_user");
    expect((await api.call("operator", "DELETE", `/users/${OWN}`)).status).toBe(404);
  });
});

describe("listing", () => {
  test("pages meet everybody once, with filters that the cursor belongs to", async () => {
    await using api = await openApi();
    const seen: string[] = [];
    let cursor = "";
    do {
      const { body } = await api.call("operator", "GET", `/users?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...(body.items as UserSummary[]).map((user) => user.user_id));
      cursor = (body.next_cursor as string | null) ?? "";
      if (cursor) {
        const foreign = await api.call("operator", "GET", `/users?limit=2&source=local&cursor=${cursor}`);
        expect([foreign.status, foreign.body.code]).toEqual([400, "bad_cursor"]);
      }
    } while (cursor);
    expect(seen).toEqual([OWN, FOREIGN, COPIED]);
    const { body } = await api.call("operator", "GET", "/users?source=supabase&active=true");
    expect(body).toMatchObject({ count: 1, items: [{ user_id: COPIED, portfolio_count: 1, asset_count: 1 }] });
    expect((await api.call("operator", "GET", "/users?active=false")).body.count).toBe(0);
  });
});

describe("importing", () => {
  test("a file for one user, with its report", async () => {
    await using api = await openApi();
    const path = `/import?user_id=${OWN}&portfolio=Largo&name=mis.csv`;
    const { status, body } = await api.call("operator", "POST", path, "symbol,quantity,price\nMELI,2,1200\nBAD!,1,1");
    expect([status, body]).toMatchObject([200, { file: "mis.csv", rows: 2, stored: 1, users: 1, created: 0 }]);
    expect(body.problems).toEqual([expect.stringMatching(/^mis.csv line 3: symbol "BAD!"/)]);
    const user = (await api.call("operator", "GET", `/users/${OWN}`)).body as unknown as UserDetail;
    expect(user.symbols).toEqual(["MELI", "YPF"]);
  });

  test("a file of more than 1 MiB is taken", async () => {
    await using api = await openApi();
    const text = `user_id,symbol\n${`${OWN},YPF\n`.repeat(30_000)}`;
    const { status, body } = await api.call("operator", "POST", "/import", text);
    expect([status, body.rows, body.stored]).toEqual([200, 30_000, 5_000 - 3]);
  });

  test.each([
    ["", "symbol\nYPF", 422, "user_missing"],
    [`?user_id=${UNKNOWN}`, "symbol\nYPF", 404, "unknown_user"],
    [`?user_id=${OWN}`, "nothing\nYPF", 422, "bad_header"],
    [`?user_id=${OWN}`, "\0\u0001", 422, "bad_csv"],
    [`?user_id=${OWN}`, " ", 422, "bad_header"],
  ])("/import%s of %j: %d %s", async (query, text, status, code) => {
    await using api = await openApi();
    const before = await api.stored();
    const answer = await api.call("operator", "POST", `/import${query}`, text);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await api.stored()).toBe(before);
    expect(api.audited).toEqual([]);
  });
});
