import { describe, expect, test } from "bun:test";
import { type CheckOptions, runChecks } from "../../../../src/db/remote/check/run-checks.ts";
import { queryOf, undone } from "../../../supabase/files.ts";
import { migratedDatabase } from "../../../support/postgres/index.ts";

/** What breaks, how, and where it is told. Each is found by the catalogue, by trying, or by both. */
const BROKEN: [id: string, object: string, sql: string][] = [
  ["RLS001", "public.reservations", "alter table public.reservations disable row level security"],
  ["RLS002", "public.reservations", "alter table public.reservations no force row level security"],
  [
    "RLS003",
    "public.conversations abierta",
    "create policy abierta on public.conversations for select to authenticated using (true)",
  ],
  [
    "RLS003",
    "public.tenants salida",
    "create policy salida on public.tenants for select to app_runtime using (current_setting('app.current_tenant_id', true) is null)",
  ],
  [
    "RLS003",
    "public.job_runs todo",
    "create policy todo on public.job_runs for insert to authenticated with check (true)",
  ],
  ["RLS004", "public.accounts todos", "create policy todos on public.accounts for select using (tenant_id = 'x')"],
  ["RLS005", "public.clientes", "grant select on public.clientes to anon"],
  ["RLS005", "public.clientes", "grant select on public.clientes to public"],
  ["RLS006", "app.dueno()", "create function app.dueno() returns int language sql security definer as 'select 1'"],
  ["RLS007", "app_runtime", "alter role app_runtime bypassrls"],
  [
    "RLS008",
    "public.fichas_cliente",
    "alter policy fichas_cliente_rt_select on public.fichas_cliente using (tenant_id is distinct from (select app.current_tenant()) or true)",
  ],
  [
    "RLS008",
    "public.fichas_cliente",
    "alter policy fichas_cliente_rt_insert on public.fichas_cliente with check (tenant_id <> '')",
  ],
  [
    "RLS008",
    "public.accounts",
    "alter policy accounts_jwt_select on public.accounts using (tenant_id = (select auth.jwt() -> 'user_metadata' ->> 'tenant_id'))",
  ],
  [
    "RLS008",
    "public.portfolio_alerts",
    "alter policy portfolio_alerts_read_own on public.portfolio_alerts using (user_id <> '')",
  ],
  [
    "RLS008",
    "public.asset_analyses",
    "grant delete on public.asset_analyses to authenticated; create policy borra on public.asset_analyses for delete to authenticated using (symbol <> '')",
  ],
  [
    "RLS008",
    "public.tenant_user_identifiers",
    "alter table public.tenant_user_identifiers disable row level security; grant insert on public.tenant_user_identifiers to anon",
  ],
  [
    "RLS008",
    "storage.objects",
    "alter policy portfolio_read_own on storage.objects using (bucket_id = 'portfolio-files')",
  ],
  [
    "RLS009",
    "public.social_tasks",
    "alter policy social_tasks_rt_select on public.social_tasks using (tenant_id = (select app.current_tenant()) or (select app.current_tenant()) is null)",
  ],
  [
    "RLS011",
    "public.tenants propia",
    "create policy propia on public.tenants for select to authenticated using (tenant_id = (select auth.jwt() -> 'user_metadata' ->> 'tenant_id'))",
  ],
  ["RLS014", "public.tenants tenants_jwt_select", "drop policy tenants_jwt_select on public.tenants"],
  [
    "RLS014",
    "public.fichas_cliente fichas_cliente_rt_update",
    "alter policy fichas_cliente_rt_update on public.fichas_cliente with check (tenant_id <> '')",
  ],
  ["RLS014", "storage.objects portfolio_read_own", "drop policy portfolio_read_own on storage.objects"],
  [
    "RLS015",
    "public.job_runs ajena",
    "create policy ajena on public.job_runs for select to authenticated using (uid = '7')",
  ],
  ["RLS016", "public.daily_recommendations", "revoke insert on public.daily_recommendations from service_role"],
  ["RLS016", "public.tenants", "revoke select on public.tenants from app_runtime"],
];

const WARNINGS: typeof BROKEN = [
  ["RLS012", "public.mirador", "create view public.mirador as select 1 as uno"],
  ["RLS017", "public.job_runs", "grant select on public.job_runs to authenticated"],
  ["RLS001", "public.ajena", "create table public.ajena (id int)"],
  ["RLS005", "public.v_insumos", "comment on table public.v_insumos is null; grant select on public.v_insumos to anon"],
];

describe("db check --rls", async () => {
  const { sql } = await migratedDatabase();
  const check = (broken: string, options: CheckOptions = {}) =>
    undone(sql, async (transaction) => {
      if (broken) await transaction.unsafe(broken);
      return runChecks(queryOf(transaction), { parts: ["rls"], ...options });
    });
  const told = ({ findings }: Awaited<ReturnType<typeof check>>) => findings.map(({ id, object }) => `${id} ${object}`);

  test("A9: what the migrations make is without a finding, apart from the login of the test", async () => {
    const report = await check("");
    expect(report.ok).toBe(true);
    expect(told(report)).toEqual(["RLS010 postgres"]);
  });

  for (const [id, object, broken] of BROKEN)
    test(`A9: ${id} is an error after: ${broken}`, async () => {
      const report = await check(broken);
      expect(report.ok).toBe(false);
      const found = report.findings.filter((finding) => finding.id === id && finding.object === object);
      expect([told(report), found.map(({ level }) => level).includes("error")]).toEqual([told(report), true]);
    });

  for (const [id, object, broken] of WARNINGS)
    test(`${id} is a warning after: ${broken}`, async () => {
      const report = await check(broken);
      expect(report.findings.filter((finding) => finding.id === id && finding.object === object)).toMatchObject([
        { level: "warning" },
      ]);
    });

  test("the SQL of a fix closes what was found", async () => {
    for (const [id, object, broken] of [...BROKEN, ...WARNINGS]) {
      const again = await undone(sql, async (transaction) => {
        await transaction.unsafe(broken);
        const { findings } = await runChecks(queryOf(transaction), { parts: ["rls"] });
        for (const { fix } of findings.filter(({ id: found }) => found !== "RLS010")) await transaction.unsafe(fix);
        return runChecks(queryOf(transaction), { parts: ["rls"] });
      });
      expect([id, object, told(again).filter((line) => line === `${id} ${object}`)]).toEqual([id, object, []]);
    }
  });

  test("RLS010 is silent for a login that row level security binds, which then says what it could not try", async () => {
    const report = await undone(sql, async (transaction) => {
      await transaction.unsafe(
        "create role vigia_test_login in role app_runtime; set local session authorization vigia_test_login",
      );
      return runChecks(queryOf(transaction), { parts: ["rls"] });
    });
    expect(told(report).filter((line) => line.startsWith("RLS010"))).toEqual([]);
    expect(report.findings.filter(({ id, level }) => id === "RLS008" && level === "warning")).not.toEqual([]);
  });

  test("RLS013: a table whose rows the public key gets is an error; refused and empty ones are not", async () => {
    const asked: string[] = [];
    const probeAnon = async (table: string) => {
      asked.push(table);
      return table === "clientes" ? ("rows" as const) : table === "tenants" ? ("empty" as const) : ("refused" as const);
    };
    const report = await check("", { probeAnon });
    expect(report.ok).toBe(false);
    expect(told(report).filter((line) => line.startsWith("RLS013"))).toEqual(["RLS013 public.clientes"]);
    expect(asked).toContain("users");
  });

  test("a check that is committed leaves nothing behind", async () => {
    await sql.begin((transaction) => runChecks(queryOf(transaction)));
    const [rows] = await sql`select (select count(*) from public.tenants) + (select count(*) from storage.objects)
      + (select count(*) from public.job_runs) + (select count(*) from pg_proc where proname = 'vigia_try') as n`;
    expect(Number(rows!.n)).toBe(0);
  });

  test("a table that cannot be probed is told, and the others still are", async () => {
    const report = await check(`alter table public.radar_scans add column nueva point not null;
      alter policy social_tasks_rt_select on public.social_tasks using (tenant_id <> '')`);
    expect(told(report)).toContain("RLS009 public.social_tasks");
    expect(report.findings).toContainEqual(
      expect.objectContaining({ id: "RLS008", level: "warning", object: "public.radar_scans" }),
    );
  });
});
