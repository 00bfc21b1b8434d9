import { expect, test } from "bun:test";
import { HOUSE_TENANT, makeScope, type Scope } from "../../../../src/db/scope.ts";
import { createIds } from "../../../../src/kit/ids.ts";
import { createUserRecords, type UserRecords } from "../../../../src/systems/portfolio/people/user-records.ts";
import { createFakeClock } from "../../../support/clock.ts";
import { openTestDatabase } from "../../../support/database.ts";
import { giveUser, uuid } from "./people-fixtures.ts";

const clock = createFakeClock();

/** Everything but reading one user, which users may do themselves. */
const CALLS: { [Method in Exclude<keyof UserRecords, "get">]: (records: UserRecords) => Promise<unknown> } = {
  list: (records) => records.list({ limit: 10 }),
  create: (records) => records.create({ firstName: "Nuevo" }),
  update: (records) => records.update(uuid(1), { firstName: "Otro" }),
  remove: (records) => records.remove(uuid(1)),
  replacePortfolio: (records) => records.replacePortfolio(uuid(1), { name: "Largo", lots: [] }),
  removePortfolio: (records) => records.removePortfolio(uuid(1), "Largo"),
  importPositions: (records) => records.importPositions({ name: "a.csv", text: "symbol\nMELI", userId: uuid(1) }),
};

const own = makeScope({ kind: "self", tenantId: HOUSE_TENANT, role: "self", userId: uuid(1) });
const foreignAdmin = makeScope({ kind: "account", tenantId: "demo-norte", role: "admin" });

test.each([
  ["nobody", undefined, { code: "not_authenticated" }],
  ["a user", own, { code: "forbidden" }],
  ["an admin of another tenant", foreignAdmin, { code: "forbidden" }],
] as [string, Scope | undefined, object][])(
  "the store itself refuses %s whatever is more than reading oneself",
  async (_, scope, refusal) => {
    await using store = await openTestDatabase();
    const { db } = store;
    await giveUser(db, { userId: uuid(1), holds: { Largo: ["YPF"] } });
    const stored = async () => {
      const tables = ["users", "portfolios", "assets"].map((table) => db.client.execute(`select * from ${table}`));
      return JSON.stringify((await Promise.all(tables)).map(({ rows }) => rows));
    };
    const before = await stored();
    const rules = { directory: "auto", defaultPortfolio: false } as const;
    const records = createUserRecords({ db, clock, ids: createIds(clock), ...rules }).for(scope);
    for (const call of Object.values(CALLS)) await expect(call(records)).rejects.toMatchObject(refusal);
    expect(await stored()).toBe(before);
  },
);
