import { describe, expect, test } from "bun:test";
import { type CheckPart, runChecks } from "../../../../src/db/remote/check/run-checks.ts";
import { queryOf, undone } from "../../../supabase/files.ts";
import { bareDatabase, migratedDatabase } from "../../../support/postgres/index.ts";

type Broken = [id: string, level: "error" | "warning", object: string, sql: string];

const SCHEMA: Broken[] = [
  ["SCH001", "error", "public.job_runs", "drop table public.job_runs"],
  ["SCH002", "error", "public.tenants.settings", "alter table public.tenants drop column settings"],
  ["SCH003", "error", "public.job_runs.attempt", "alter table public.job_runs alter column attempt type text"],
  ["SCH003", "error", "public.job_runs.attempt", "alter table public.job_runs alter column attempt drop not null"],
  ["SCH003", "error", "public.job_runs.attempt", "alter table public.job_runs alter column attempt set default 7"],
  [
    "SCH003",
    "error",
    "public.job_runs.uid",
    'alter table public.job_runs alter column uid type text collate "default"',
  ],
  ["SCH004", "error", "public.job_runs job_runs_pkey", "alter table public.job_runs drop constraint job_runs_pkey"],
  [
    "SCH004",
    "error",
    "public.accounts accounts_role",
    "alter table public.accounts drop constraint accounts_role, add constraint accounts_role check (role in ('dueño'))",
  ],
  ["SCH005", "warning", "public.tenants.de más", 'alter table public.tenants add column "de más" int'],
  ["SCH006", "error", "public.clientes vigia_synced_at", "drop trigger vigia_synced_at on public.clientes"],
  [
    "SCH002",
    "warning",
    "public.clientes.siglas",
    "comment on table public.clientes is null; alter table public.clientes drop column siglas",
  ],
];

const INDEXES: Broken[] = [
  ["IDX001", "error", "public.idx_lock_audit_acquired_at", "drop index public.idx_lock_audit_acquired_at"],
  [
    "IDX002",
    "error",
    "public.idx_job_runs_job_start",
    "update pg_index set indisvalid = false where indexrelid = 'public.idx_job_runs_job_start'::regclass",
  ],
  [
    "IDX003",
    "warning",
    "public.idx_audit_logs_event",
    "drop index public.idx_audit_logs_event; create index idx_audit_logs_event on public.audit_logs (event_type)",
  ],
  ["IDX004", "error", "public.accounts (tenant_id)", "drop index public.idx_accounts_tenant_id"],
  [
    "IDX005",
    "error",
    "public.conversations (language)",
    "create policy lengua on public.conversations for select to app_runtime using (language = 'es')",
  ],
  ["IDX006", "warning", "public.igual", "create index igual on public.job_runs (job_name, start_time desc)"],
];

const EXTENSIONS: Broken[] = [
  ["EXT001", "warning", "uuid-ossp", 'drop extension "uuid-ossp"'],
  ["EXT002", "warning", "pgcrypto", "alter extension pgcrypto set schema public"],
];

describe("db check", async () => {
  const { sql } = await migratedDatabase();
  const check = (parts: CheckPart[], broken = "", fix = false) =>
    undone(sql, async (transaction) => {
      await transaction.unsafe("set local allow_system_table_mods = on");
      if (broken) await transaction.unsafe(broken);
      const report = await runChecks(queryOf(transaction), { parts });
      if (!fix) return report;
      for (const finding of report.findings) await transaction.unsafe(finding.fix.replaceAll(/ concurrently/gi, ""));
      return runChecks(queryOf(transaction), { parts });
    });

  test("A8: all indexes are there and valid, and nothing is referred to without one", async () => {
    expect(await check(["indexes"])).toEqual({ ok: true, findings: [] });
  });

  test("what the migrations make is without a finding", async () => {
    expect(await check(["schema", "extensions"])).toEqual({ ok: true, findings: [] });
  });

  const cases: [CheckPart, Broken[]][] = [
    ["schema", SCHEMA],
    ["indexes", INDEXES],
    ["extensions", EXTENSIONS],
  ];
  for (const [part, broken] of cases)
    for (const [id, level, object, text] of broken) {
      test(`${part === "indexes" ? "A8: " : ""}${id} after: ${text}`, async () => {
        const report = await check([part], text);
        expect(report.findings).toContainEqual(expect.objectContaining({ id, level, object }));
        expect(report.ok).toBe(report.findings.every((finding) => finding.level !== "error"));
      });

      if (id !== "SCH001")
        test(`the fix of ${id} mends: ${text}`, async () => {
          expect((await check([part], text, true)).findings.filter((finding) => finding.id === id)).toEqual([]);
        });
    }

  test("IDX007: an index that nobody uses is told once the statistics are a week old, unless a migration made it", async () => {
    const report = await undone(sql, async (transaction) => {
      await transaction.unsafe("create index olvidado on public.job_runs (subject)");
      const aged: typeof query = (text, values) =>
        query(text.replace("d.stats_reset < now() - interval '7 days'", "true"), values);
      const query = queryOf(transaction);
      return runChecks(aged, { parts: ["indexes"] });
    });
    expect(report.findings.map(({ id, object }) => `${id} ${object}`)).toEqual(["IDX007 public.olvidado"]);
  });

  test("an index does its work whatever its name", async () => {
    const report = await check(["indexes"], "alter index public.idx_audit_logs_event rename to otro_nombre");
    expect(report.findings).toEqual([]);
  });

  test("a project without a migration has every table told, and no check fails", async () => {
    await using bare = await bareDatabase();
    const { ok, findings } = await undone(bare.sql, (transaction) => runChecks(queryOf(transaction)));
    expect(ok).toBe(false);
    expect(findings.filter(({ id }) => id === "SCH001")).toHaveLength(30);
    // The role of tenant-scoped SQL belongs to the cluster: another database of it may have made it.
    const ids = new Set(findings.map(({ id }) => id).filter((id) => id !== "RLS008"));
    expect(ids).toEqual(new Set(["SCH001", "RLS014", "RLS010", "EXT001"]));
  });
});
