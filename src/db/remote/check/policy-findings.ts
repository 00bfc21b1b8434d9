import type { Catalogue, LoadedTable, TableShape } from "./catalogue.ts";
import { type ExpectedSchema, levelOf } from "./expected.ts";
import { type Finding, qualified, quoted } from "./finding.ts";

/** Row level security, policies and grants as the catalogue has them, of all tables of the schema: also of those not ours. */
export function computePolicyFindings(expected: ExpectedSchema, actual: Catalogue, schema: string): Finding[] {
  return Object.entries(actual).flatMap(([name, found]) => {
    const wanted = expected.tables[name];
    const context = { table: qualified(schema, name), wanted, found, level: levelOf(wanted, found) };
    return [...switchFindings(context), ...doorFindings(context), ...differenceFindings(context)];
  });
}

/** The policy on Storage that lets users read their own folder. */
export function computeStorageFindings(expected: ExpectedSchema, policies: Record<string, string>): Finding[] {
  return Object.entries(expected.storagePolicies)
    .filter(([name, definition]) => policies[name] !== definition)
    .map(([name, definition]) => ({
      id: "RLS014",
      level: "error" as const,
      object: `storage.objects ${name}`,
      message: policies[name] === undefined ? "policy is missing" : `policy is "${policies[name]}"`,
      fix: policySql("storage.objects", name, definition, policies[name] !== undefined),
    }));
}

interface Context {
  table: string;
  wanted: TableShape | undefined;
  found: LoadedTable;
  level: Finding["level"];
}

function switchFindings({ table, found, level }: Context): Finding[] {
  const findings: Finding[] = [];
  if (!found.rowSecurity)
    findings.push({
      id: "RLS001",
      level,
      object: table,
      message: "row level security is off: whoever has a grant reads every row",
      fix: `alter table ${table} enable row level security;`,
    });
  if (!found.rowSecurityForced)
    findings.push({
      id: "RLS002",
      level,
      object: table,
      message: "row level security does not bind the owner",
      fix: `alter table ${table} force row level security;`,
    });
  return findings;
}

/** What opens a table, whoever it belongs to. */
function doorFindings({ table, wanted, found, level }: Context): Finding[] {
  const findings: Finding[] = [];
  for (const [name, definition] of Object.entries(found.policies)) {
    const object = `${table} ${name}`;
    const fix = `drop policy if exists ${quoted(name)} on ${table};`;
    const shared = wanted?.class === "S" && wanted.policies[name] === definition;
    if (!shared && isOpen(definition))
      findings.push({ id: "RLS003", level, object, message: `policy lets everything through: ${definition}`, fix });
    if (/^\w+ TO ([^(]*\b)?public\b/.test(definition.split(" USING ")[0]!.split(" WITH CHECK ")[0]!))
      findings.push({ id: "RLS004", level, object, message: "policy is for every role, anon included", fix });
    if (/user_meta_?data/.test(definition))
      findings.push({ id: "RLS011", level, object, message: "policy trusts user_metadata, which people edit", fix });
  }
  for (const role of ["anon", "public"]) {
    const privileges = found.grants[role];
    if (!privileges) continue;
    const message = `${role} has ${privileges}: that needs no login`;
    findings.push({ id: "RLS005", level, object: table, message, fix: `revoke all on ${table} from ${role};` });
  }
  return findings;
}

/** `true`, or a way out for an unset setting. */
const isOpen = (definition: string) =>
  /(USING|WITH CHECK) \(?true\)?( |$)/.test(definition) || / IS NULL/.test(definition);

/** Policies and grants of our tables that differ from what the migrations make. */
function differenceFindings({ table, wanted, found, level }: Context): Finding[] {
  if (!wanted) return [];
  const findings: Finding[] = [];
  for (const [name, definition] of Object.entries(wanted.policies)) {
    const actual = found.policies[name];
    if (actual === definition) continue;
    const message = actual === undefined ? "policy is missing" : `policy is "${actual}"`;
    const fix = policySql(table, name, definition, actual !== undefined);
    findings.push({ id: "RLS014", level, object: `${table} ${name}`, message, fix });
  }
  for (const name of Object.keys(found.policies)) {
    if (wanted.policies[name] !== undefined) continue;
    const message = `policy that no migration makes: ${found.policies[name]}`;
    const fix = `drop policy if exists ${quoted(name)} on ${table};`;
    findings.push({ id: "RLS015", level, object: `${table} ${name}`, message, fix });
  }
  for (const role of ["service_role", "authenticated", "app_runtime"]) {
    const missing = without(wanted.grants[role], found.grants[role]);
    if (missing) {
      const fix = `grant ${missing.toLowerCase()} on ${table} to ${role};`;
      // Without its grants the mirror is refused, whoever the table belongs to.
      const severity = role === "service_role" ? "error" : level;
      findings.push({ id: "RLS016", level: severity, object: table, message: `${role} lacks ${missing}`, fix });
    }
    const beyond = role === "service_role" ? "" : without(found.grants[role], wanted.grants[role]);
    if (beyond) {
      const fix = `revoke ${beyond.toLowerCase()} on ${table} from ${role};`;
      findings.push({ id: "RLS017", level: "warning", object: table, message: `${role} also has ${beyond}`, fix });
    }
  }
  return findings;
}

const without = (all = "", some = ""): string =>
  all
    .split(", ")
    .filter((privilege) => !some.split(", ").includes(privilege))
    .join(", ");

function policySql(table: string, name: string, definition: string, replace: boolean): string {
  const create = `create policy ${quoted(name)} on ${table} for ${definition.replace(/^(\w+) TO/, (_, verb: string) => `${verb.toLowerCase()} to`)};`;
  return replace ? `drop policy if exists ${quoted(name)} on ${table}; ${create}` : create;
}
