import type { TableShape } from "./catalogue.ts";
import { type Finding, literal } from "./finding.ts";
import { PROBE_TENANTS, PROBE_USERS, renderCondition, renderInsert } from "./probe-rows.ts";

interface Persona {
  /** For people: whom the finding speaks of. */
  who: string;
  role: string;
  tenant: string;
  claims: Record<string, unknown>;
  finding: "RLS008" | "RLS009";
}

/** Stands for a table where the role itself is what is asked about. */
export const RUNTIME_ROLE = "app_runtime";

const runtime = { role: "app_runtime", claims: {} };
const PERSONAS: readonly Persona[] = [
  { ...runtime, who: "app_runtime of another tenant", tenant: PROBE_TENANTS.own, finding: "RLS008" },
  { ...runtime, who: "app_runtime without a tenant", tenant: "", finding: "RLS009" },
  {
    who: "a signed-in admin of another tenant",
    role: "authenticated",
    tenant: "",
    claims: {
      sub: PROBE_USERS.own,
      role: "authenticated",
      app_metadata: { tenant_id: PROBE_TENANTS.own, role: "admin" },
      user_metadata: { tenant_id: PROBE_TENANTS.foreign, role: "admin" },
    },
    finding: "RLS008",
  },
  { who: "anon", role: "anon", tenant: "", claims: { role: "anon" }, finding: "RLS008" },
];

/** A statement as somebody. */
export interface Attempt {
  persona: Persona;
  table: string;
  verb: "read" | "insert" | "update" | "delete" | "move";
  statement: string;
  level: Finding["level"];
}

/** Rows that the probes look for, written by the server: tenants first. */
export const renderPreparations = (tables: readonly Probed[]): Attempt[] => [
  ...[...tables].sort(tenantsFirst).flatMap(ownAndForeignRow),
  ...STORAGE_ROWS,
];

/** Everything that each kind of caller must not manage. */
export const renderAttempts = (tables: readonly Probed[]): Attempt[] => [
  ...tables.flatMap(attemptsOn),
  ...STORAGE_ATTEMPTS,
  RUNTIME_ABOVE_SECURITY,
];

/** One of our tables. */
export interface Probed {
  /** With its schema. */
  table: string;
  wanted: TableShape;
  level: Finding["level"];
}

const tenantsFirst = (a: Probed, b: Probed) => Number(isTenants(b.wanted)) - Number(isTenants(a.wanted));
const isTenants = (shape: TableShape) => shape.constraints.tenants_slug !== undefined;

const SERVER: Persona = { who: "service_role", role: "service_role", tenant: "", claims: {}, finding: "RLS008" };

function ownAndForeignRow({ table, wanted, level }: Probed): Attempt[] {
  return (["own", "foreign"] as const).map((side) => ({
    persona: SERVER,
    table,
    verb: "insert",
    statement: renderInsert(table, wanted, side),
    level,
  }));
}

function attemptsOn({ table, wanted, level }: Probed): Attempt[] {
  const foreign = renderCondition(wanted, "foreign");
  const own = renderCondition(wanted, "own");
  if (!foreign || !own) return [];
  const column = foreign.split(" = ")[0];
  const insert = renderInsert(table, wanted, "foreign", "-2");
  return PERSONAS.flatMap((persona) => {
    const attempt = (verb: Attempt["verb"], statement: string): Attempt => ({ persona, table, verb, statement, level });
    const mayRead = wanted.class === "S" && persona.role === "authenticated";
    return [
      ...(mayRead ? [] : [attempt("read", `select 1 from ${table} where ${foreign}`)]),
      attempt("insert", insert),
      attempt("update", `update ${table} set ${column} = ${column} where ${foreign}`),
      attempt("delete", `delete from ${table} where ${foreign}`),
      ...(isTenants(wanted) ? [] : [attempt("move", `update ${table} set ${foreign} where ${own}`)]),
    ];
  });
}

const BUCKET = "portfolio-files";
const OBJECTS = [`${PROBE_USERS.foreign}/probe.json`, "vigia-probe.json"];
const onStorage = { table: "storage.objects", level: "error" as const };

const STORAGE_ROWS: readonly Attempt[] = [
  `insert into storage.buckets (id, name) values (${literal(BUCKET)}, ${literal(BUCKET)}) on conflict do nothing`,
  ...OBJECTS.map(
    (name) => `insert into storage.objects (bucket_id, name) values (${literal(BUCKET)}, ${literal(name)})`,
  ),
].map((statement) => ({ ...onStorage, persona: SERVER, verb: "insert", statement }));

const STORAGE_ATTEMPTS: readonly Attempt[] = PERSONAS.flatMap((persona) =>
  OBJECTS.flatMap((name): Attempt[] => {
    const condition = `where bucket_id = ${literal(BUCKET)} and name = ${literal(name)}`;
    const to = literal(`${name}.copy`);
    return [
      { ...onStorage, persona, verb: "read", statement: `select 1 from storage.objects ${condition}` },
      { ...onStorage, persona, verb: "update", statement: `update storage.objects set metadata = '{}' ${condition}` },
      { ...onStorage, persona, verb: "delete", statement: `delete from storage.objects ${condition}` },
      {
        ...onStorage,
        persona,
        verb: "insert",
        statement: `insert into storage.objects (bucket_id, name) values (${literal(BUCKET)}, ${to})`,
      },
    ];
  }),
);

const RUNTIME_ABOVE_SECURITY: Attempt = {
  persona: PERSONAS[0]!,
  table: RUNTIME_ROLE,
  verb: "read",
  statement: "select 1 from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)",
  level: "error",
};
