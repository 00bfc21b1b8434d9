import { afterEach, beforeEach, expect, test } from "bun:test";
import { csvOf, members } from "../../../market/universe/lists.ts";
import { openPortfolioApi, type PortfolioApi } from "./portfolio-api.ts";
import { ALL_ROLES, type Role } from "./roles.ts";

let api: PortfolioApi;
beforeEach(async () => {
  api = await openPortfolioApi();
});
afterEach(() => api[Symbol.asyncDispose]());

const send = (role: Role, body: string, query = "") =>
  api.ask(role, `/radar/universe/import${query}`, { method: "POST", body, headers: { "Content-Type": "text/csv" } });
const stored = async () => {
  const tables = ["universe_members", "source_snapshots"];
  const rows = await Promise.all(
    tables.map((table) => api.db.client.execute(`select * from ${table} order by 1, 2, 3`)),
  );
  return JSON.stringify(rows.map(({ rows: all }) => all));
};

const MAY: Role[] = ["admin", "cli of the house", "operator"];

test.each(ALL_ROLES.map((role) => [role]))("a list from %s", async (role) => {
  const before = await stored();
  const { status, body } = await send(role, csvOf(members(503)));
  if (MAY.includes(role)) {
    expect([status, body.total, body.removed]).toEqual([200, 503, []]);
    expect(api.audited).toMatchObject([{ action: "universe.import", entityId: "sp500", details: { total: 503 } }]);
    return;
  }
  expect([status, body.code]).toEqual(role === "anonymous" ? [401, "not_authenticated"] : [403, "forbidden"]);
  expect(await stored()).toBe(before);
  expect(api.audited).toEqual([]);
});

test("what changed is told, and a list that changed a lot needs force", async () => {
  await send("operator", csvOf(members(503)), "?as_of=2026-01-05");
  const { added, removed, total } = (await send("operator", csvOf(members(504)), "?as_of=2026-02-02")).body;
  expect([added.length, removed.length, total]).toEqual([1, 0, 504]);
  const other = csvOf(members(1_000).slice(497));
  const before = await stored();
  const refused = await send("operator", other);
  expect([refused.status, refused.body.code, await stored()]).toEqual([422, "universe_changed", before]);
  expect((await send("operator", other, "?force=true")).body.total).toBe(503);
});

test.each([
  ["", "", "bad_header"],
  ["a,b\n1,2", "", "bad_header"],
  [csvOf(members(10)), "", "universe_size"],
  [`${csvOf(members(503))}\n${csvOf(members(1)).split("\n")[1]}`, "", "duplicate_members"],
  ["\0\0\0", "", "bad_header"],
  ['"'.repeat(10_000), "", "bad_header"],
  ['Symbol,Security\nAAPL,"Apple', "", "bad_csv"],
  ["Symbol,Security\n../../etc/passwd,x", "", "bad_symbol"],
  ["x".repeat(3_000_000), "", "too_large"],
  [csvOf(members(503)), "?as_of=9999-12-31", "bad_params"],
  [csvOf(members(503)), "?as_of=2026-02-30", "invalid_input"],
  [csvOf(members(503)), "?force=yes", "invalid_input"],
])("a bad list changes nothing, and the answer says how to mend it: %#", async (text, query, code) => {
  const before = await stored();
  const { status, body } = await send("operator", text, query);
  expect([status, body.code]).toEqual([422, code]);
  expect(body.detail.length).toBeGreaterThan(30);
  expect(await stored()).toBe(before);
  expect(api.audited).toEqual([]);
});
