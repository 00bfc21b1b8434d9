import type { Query } from "../connection.ts";
import type { Catalogue } from "./catalogue.ts";
import { type ExpectedSchema, levelOf } from "./expected.ts";
import { type Finding, qualified } from "./finding.ts";
import { type Attempt, RUNTIME_ROLE, renderAttempts, renderPreparations } from "./probe-attempts.ts";

/**
 * Tries to reach rows that it must not reach, in every one of our tables and in Storage, as each kind of caller. Needs a
 * transaction; everything that it writes is undone before it returns. Two requests whatever the number of tables.
 */
export async function probeRowSecurity(query: Query, expected: ExpectedSchema, actual: Catalogue, schema: string) {
  const tables = Object.entries(expected.tables).flatMap(([name, wanted]) => {
    const found = actual[name];
    return found ? [{ table: qualified(schema, name), wanted, level: levelOf(wanted, found) }] : [];
  });
  await query("savepoint vigia_probe");
  try {
    await query(TRY_FUNCTION);
    const prepared = await tryAll(query, renderPreparations(tables), true);
    const refused = new Map(
      prepared.filter(({ outcome }) => !/^\d$/.test(outcome)).map((row) => [row.table, row.outcome]),
    );
    const attempts = renderAttempts(tables).filter(({ table }) => !refused.has(table));
    const outcomes = await tryAll(query, attempts, false);
    return [...[...refused].map(notProbed), ...outcomes.flatMap(judge)];
  } finally {
    await query("rollback to savepoint vigia_probe");
  }
}

type Tried = Attempt & { outcome: string };

async function tryAll(query: Query, attempts: readonly Attempt[], keep: boolean): Promise<Tried[]> {
  const sent = attempts.map(({ persona, statement }, at) => ({
    at,
    role: persona.role,
    tenant: persona.tenant,
    claims: JSON.stringify(persona.claims),
    statement,
  }));
  const rows = await query<{ outcome: string }>(
    `select pg_temp.vigia_try(x.role, x.tenant, x.claims, x.statement, ${keep}) as outcome
       from jsonb_to_recordset($1::text::jsonb) as x (at int, role text, tenant text, claims text, statement text)
      order by x.at`,
    [JSON.stringify(sent)],
  );
  return attempts.map((attempt, at) => ({ ...attempt, outcome: rows[at]!.outcome }));
}

/** `42501` is a refusal, `0` found nothing; a number is a leak, and so is an error that came after the policies had agreed. */
function judge({ persona, table, verb, level, outcome }: Tried): Finding[] {
  if (outcome === "0" || outcome === "42501") return [];
  if (!/^(\d+$|23)/.test(outcome)) return [notProbed([table, outcome])];
  if (table === RUNTIME_ROLE)
    return [
      {
        id: "RLS007",
        level: "error",
        object: RUNTIME_ROLE,
        message: "the role of tenant-scoped SQL is above row level security",
        fix: "alter role app_runtime nosuperuser nobypassrls;",
      },
    ];
  const message = verb === "move" ? `${persona.who} gives rows away` : `${persona.who} can ${verb} rows of others`;
  const fix = `-- compare policies and grants: vigia db check --rls; the migrations make them for ${table}`;
  return [{ id: persona.finding, level, object: table, message, fix }];
}

const notProbed = ([table, outcome]: [string, string]): Finding => ({
  id: "RLS008",
  level: "warning",
  object: table,
  message: `could not be probed (${outcome})`,
  fix: "grant anon, authenticated, service_role, app_runtime to current_user; -- and see the other findings on this table",
});

/**
 * Runs one statement as somebody and answers how many rows it reached, or the code of its error. Unless it is kept, whatever
 * it did is undone with its block, the role included.
 */
const TRY_FUNCTION = `
create function pg_temp.vigia_try(as_role text, as_tenant text, as_claims text, statement text, keep boolean) returns text
language plpgsql as $try$
declare
  reached bigint;
  before text := current_setting('role');
  acting boolean := false;
begin
  perform set_config('app.current_tenant_id', as_tenant, true), set_config('request.jwt.claims', as_claims, true);
  perform set_config('role', as_role, true);
  acting := true;
  execute statement;
  get diagnostics reached = row_count;
  perform set_config('role', before, true);
  if not keep then
    raise exception using errcode = 'VG001', message = reached::text;
  end if;
  return reached::text;
exception
  when sqlstate 'VG001' then return sqlerrm;
  when others then return case when acting then sqlstate else 'no role: ' || as_role end;
end $try$`;
