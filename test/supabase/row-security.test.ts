import { describe, expect, test } from "bun:test";
import type { Sql, TransactionSql } from "postgres";
import { EXPECTED } from "../../src/db/remote/check/expected.ts";
import { PROBE_TENANTS, PROBE_USERS, renderCondition, renderInsert } from "../../src/db/remote/check/probe-rows.ts";
import { migratedDatabase } from "../support/postgres/index.ts";
import { undone } from "./files.ts";

const TABLES = Object.entries(EXPECTED.tables).sort(([a], [b]) => Number(b === "tenants") - Number(a === "tenants"));
type Side = "own" | "foreign";
const SIDES = ["own", "foreign"] as const;
const other = (side: Side): Side => (side === "own" ? "foreign" : "own");

/** A row of each tenant, or user, in every table. */
async function fill(sql: Sql): Promise<void> {
  for (const [name, shape] of TABLES)
    for (const side of SIDES) await sql.unsafe(renderInsert(`public.${name}`, shape, side));
}

interface Caller {
  role: string;
  tenant?: string;
  claims?: Record<string, unknown>;
}

/** What `statement` reaches as `caller`: rows, or the code of its refusal. */
const reach = (sql: Sql, { role, tenant = "", claims = {} }: Caller, statement: string): Promise<number | string> =>
  undone(sql, async (transaction: TransactionSql) => {
    await transaction`select set_config('role', ${role}, true), set_config('app.current_tenant_id', ${tenant}, true),
      set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
    return await transaction.unsafe(statement).then(
      ({ count }) => count,
      ({ code }) => code as string,
    );
  });

const runtime = (side: Side): Caller => ({ role: "app_runtime", tenant: PROBE_TENANTS[side] });
const user = (side: Side, role = "viewer"): Caller => ({
  role: "authenticated",
  claims: {
    sub: PROBE_USERS[side],
    role: "authenticated",
    app_metadata: { tenant_id: PROBE_TENANTS[side], role },
    // Anybody may write this about themselves.
    user_metadata: { tenant_id: PROBE_TENANTS[other(side)], role: "admin" },
  },
});
const ANON: Caller = { role: "anon", claims: { role: "anon" } };

const refused = (outcome: number | string) => outcome === "42501";
const nothing = (outcome: number | string) => outcome === 0 || refused(outcome);

describe("A9: row level security of every table", async () => {
  const database = await migratedDatabase();
  const { sql } = database;
  await fill(sql);

  for (const [name, shape] of TABLES) {
    const table = `public.${name}`;
    const where = (side: Side) => renderCondition(shape, side)!;
    const column = where("own").split(" = ")[0]!;
    const statements = (side: Side) => [
      `select from ${table} where ${where(side)}`,
      renderInsert(table, shape, side, "-2"),
      `update ${table} set ${column} = ${column} where ${where(side)}`,
      `delete from ${table} where ${where(side)}`,
    ];

    test(`A9: anon gets nothing of ${name}`, async () => {
      for (const statement of [`select from ${table}`, ...statements("own")])
        expect([statement, await reach(sql, ANON, statement)]).toEqual([statement, "42501"]);
    });

    test(`A9: the server reads and writes all of ${name}`, async () => {
      const server = { role: "service_role" };
      expect(await reach(sql, server, `select from ${table}`)).toBe(2);
      for (const statement of statements("foreign").slice(0, 3))
        expect([statement, await reach(sql, server, statement)]).toEqual([statement, 1]);
      expect(await reach(sql, server, statements("foreign")[3]!)).toBe(1);
    });

    test(`A9: neither of two users writes ${name}, nor reads what is not theirs`, async () => {
      for (const side of SIDES)
        for (const role of ["viewer", "admin", "none"]) {
          const [read, ...writes] = statements(other(side));
          const seen = await reach(sql, user(side, role), read!);
          expect([side, role, shape.class === "S" ? seen === 1 : nothing(seen)]).toEqual([side, role, true]);
          for (const write of [...writes, ...statements(side).slice(1)])
            expect([write, refused(await reach(sql, user(side, role), write))]).toEqual([write, true]);
        }
    });

    test(`A9: of two tenants each keeps to its own in ${name}`, async () => {
      for (const side of SIDES) {
        for (const statement of statements(other(side)))
          expect([statement, nothing(await reach(sql, runtime(side), statement))]).toEqual([statement, true]);
        // Reading nothing, so that only what an update may write is asked.
        const give = await reach(sql, runtime(side), `update ${table} set ${where(other(side))}`);
        expect(nothing(give)).toBe(true);
      }
    });

    test(`A9: without a tenant there is nothing in ${name}`, async () => {
      for (const tenant of ["", "no-such-tenant", "' or true --"])
        for (const statement of [`select from ${table}`, ...statements("own")])
          expect([statement, nothing(await reach(sql, { role: "app_runtime", tenant }, statement))]).toEqual([
            statement,
            true,
          ]);
    });
  }

  test("A9: people read their own tenant by their role in app_metadata, and their own signals", async () => {
    const seen = async (caller: Caller) => {
      const tables = TABLES.filter(([, { class: kind }]) => kind !== "S").map(([name]) => name);
      const counts = await Promise.all(tables.map((name) => reach(sql, caller, `select from public.${name}`)));
      return tables.filter((_, at) => counts[at] === 1).sort();
    };
    const members = [
      "conversations",
      "fichas_cliente",
      "reservations",
      "social_media_insights",
      "social_runs",
      "social_task_notes",
      "social_tasks",
    ];
    expect(await seen(user("own", "viewer"))).toEqual([...members, "portfolio_alerts", "tenants"].sort());
    expect(await seen(user("own", "admin"))).toEqual(
      [...members, "accounts", "dlq_permanent_failures", "portfolio_alerts", "tenants"].sort(),
    );
    expect(await seen(user("own", "none"))).toEqual(["portfolio_alerts", "tenants"]);
  });

  test("A9: a viewer sees their own account only", async () => {
    await sql`update public.accounts set auth_user_id = ${PROBE_USERS.own} where tenant_id = ${PROBE_TENANTS.own}`;
    await sql`insert into public.accounts (id, tenant_id, email, email_norm, role)
      values (gen_random_uuid(), ${PROBE_TENANTS.own}, 'z@z', 'z@z', 'viewer')`;
    expect(await reach(sql, user("own", "viewer"), "select from public.accounts")).toBe(1);
    expect(await reach(sql, user("own", "admin"), "select from public.accounts")).toBe(2);
    await sql`delete from public.accounts where email = 'z@z'`;
  });

  test("A9: the audit is appended to and never changed; dead letters are settled and never removed", async () => {
    const own = `where tenant_id = '${PROBE_TENANTS.own}'`;
    for (const table of ["audit_logs", "lock_audit"]) {
      expect(await reach(sql, runtime("own"), `select from public.${table}`)).toBe(1);
      expect(
        await reach(sql, runtime("own"), renderInsert(`public.${table}`, EXPECTED.tables[table]!, "own", "-2")),
      ).toBe(1);
      for (const statement of [
        `update public.${table} set details = null ${own}`,
        `delete from public.${table} ${own}`,
      ])
        expect([statement, await reach(sql, runtime("own"), statement)]).toEqual([statement, "42501"]);
    }
    const settle = `update public.dlq_permanent_failures set resolved_at = now(), resolution = 'discarded' ${own}`;
    expect(await reach(sql, runtime("own"), settle)).toBe(1);
    expect(await reach(sql, runtime("own"), `delete from public.dlq_permanent_failures ${own}`)).toBe("42501");
  });

  test("A9: before a tenant is known only its name can be asked for, and only of an active one", async () => {
    await sql`insert into public.tenant_user_identifiers (tenant_id, kind, identifier) values (${PROBE_TENANTS.own}, 'phone', '51999')`;
    const resolve = "select from app.resolve_tenant('phone', '51999') t where t is not null";
    expect(await reach(sql, { role: "app_runtime" }, resolve)).toBe(1);
    expect(await reach(sql, user("own", "admin"), resolve)).toBe("42501");
    await sql`update public.tenants set status = 'inactive' where tenant_id = ${PROBE_TENANTS.own}`;
    expect(await reach(sql, { role: "app_runtime" }, resolve)).toBe(0);
    await sql`update public.tenants set status = 'active' where tenant_id = ${PROBE_TENANTS.own}`;
  });

  test("A9: the ledger is nobody's", async () => {
    for (const caller of [ANON, user("own", "admin"), runtime("own"), { role: "service_role" }])
      expect(await reach(sql, caller, "select from app.schema_migrations")).toBe("42501");
  });

  test("A9: a new table is closed to everybody until it is granted", async () => {
    await sql`create table public.sin_permiso (id int)`;
    for (const caller of [ANON, user("own", "admin"), runtime("own"), { role: "service_role" }])
      expect(await reach(sql, caller, "select from public.sin_permiso")).toBe("42501");
  });

  test("A9: 200 interleaved transactions of two tenants over 3 connections leak nothing", async () => {
    const pool = database.postgres.connect(database.name, undefined, { max: 3, prepare: false });
    await sql`insert into public.social_tasks (id, tenant_id, ficha_id, source, source_key, title, week, status, created_at, updated_at)
      select 'n' || n, case when n % 2 = 0 then ${PROBE_TENANTS.own} else ${PROBE_TENANTS.foreign} end, 'f', 'q9', 'k' || n, 't', 1,
        'PENDIENTE', now(), now() from generate_series(1, 20) n`;
    const wrong = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        pool.begin(async (transaction) => {
          const tenant = PROBE_TENANTS[SIDES[at % 2]!];
          await transaction`select set_config('role', 'app_runtime', true), set_config('app.current_tenant_id', ${tenant}, true)`;
          const seen = await transaction`select tenant_id from public.social_tasks`;
          const changed = await transaction`update public.social_tasks set title = ${tenant} returning tenant_id`;
          const rows = [...seen, ...changed];
          return rows.length === 22 ? rows.filter(({ tenant_id }) => tenant_id !== tenant).length : -1;
        }),
      ),
    );
    expect(wrong.filter((leaks) => leaks !== 0)).toEqual([]);
    const after = await Promise.all(
      Array.from(
        { length: 3 },
        () =>
          pool`select current_user = session_user as same, current_setting('app.current_tenant_id', true) as tenant`,
      ),
    );
    expect(after.map(([row]) => [row!.same, row!.tenant || ""])).toEqual(Array(3).fill([true, ""]));
    const [mixed] =
      await sql`select count(*)::int as n from public.social_tasks where title like 'vigia-probe-%' and title <> tenant_id`;
    expect(mixed!.n).toBe(0);
  });
});
