import type { Catalogue, TableShape } from "./catalogue.ts";
import { type ExpectedSchema, levelOf } from "./expected.ts";
import { type Finding, qualified, quoted } from "./finding.ts";

/** Tables, columns, constraints and triggers that differ from what the migrations make. Other people's tables are not judged. */
export function computeSchemaFindings(expected: ExpectedSchema, actual: Catalogue, schema: string): Finding[] {
  return Object.entries(expected.tables).flatMap(([name, wanted]) => {
    const found = actual[name];
    const table = qualified(schema, name);
    if (!found)
      return [{ id: "SCH001", level: "error", object: table, message: "table is missing", fix: "vigia db migrate up" }];
    const context: Context = { table, wanted, found, level: levelOf(wanted, found) };
    return [...columnFindings(context), ...constraintFindings(context), ...triggerFindings(context)];
  });
}

interface Context {
  table: string;
  wanted: TableShape;
  found: TableShape;
  level: Finding["level"];
}

function columnFindings({ table, wanted, found, level }: Context): Finding[] {
  const findings: Finding[] = [];
  for (const [name, definition] of Object.entries(wanted.columns)) {
    const actual = found.columns[name];
    const object = `${table}.${name}`;
    if (actual === undefined) {
      const fix = `alter table ${table} add column ${quoted(name)} ${definition};`;
      findings.push({ id: "SCH002", level, object, message: `column is missing (${definition})`, fix });
    } else if (actual !== definition) {
      const message = `column is "${actual}", expected "${definition}"`;
      findings.push({ id: "SCH003", level, object, message, fix: alterColumn(table, name, actual, definition) });
    }
  }
  for (const name of Object.keys(found.columns)) {
    if (wanted.columns[name] !== undefined) continue;
    const message = "column that no migration makes; the mirror neither writes nor reads it";
    const fix = `alter table ${table} drop column ${quoted(name)};`;
    findings.push({ id: "SCH005", level: "warning", object: `${table}.${name}`, message, fix });
  }
  return findings;
}

function alterColumn(table: string, name: string, actual: string, wanted: string): string {
  const [from, to] = [columnParts(actual), columnParts(wanted)];
  const column = quoted(name);
  const type = to.type.replace(/ collate .*/, "");
  const steps = [
    from.type !== to.type && `alter column ${column} type ${to.type} using ${column}::${type}`,
    from.notNull !== to.notNull && `alter column ${column} ${to.notNull ? "set" : "drop"} not null`,
    from.default !== to.default &&
      `alter column ${column} ${to.default === undefined ? "drop default" : `set default ${to.default}`}`,
  ].filter((step) => step !== false);
  return `alter table ${table} ${steps.join(", ")};`;
}

function columnParts(definition: string) {
  const [head = "", fallback] = definition.split(" default ", 2);
  const notNull = / not null/.test(head);
  return { type: head.replace(/ not null.*/, ""), notNull, default: fallback };
}

function constraintFindings({ table, wanted, found, level }: Context): Finding[] {
  const findings: Finding[] = [];
  const known = new Set(Object.values(found.constraints));
  for (const [name, definition] of Object.entries(wanted.constraints)) {
    const actual = found.constraints[name];
    // A table that was here before names its keys as it likes.
    if (actual === definition || known.has(definition)) continue;
    const drop = actual === undefined ? "" : `drop constraint ${quoted(name)}, `;
    findings.push({
      id: "SCH004",
      level,
      object: `${table} ${name}`,
      message: actual === undefined ? `constraint is missing: ${definition}` : `constraint is "${actual}"`,
      fix: `alter table ${table} ${drop}add constraint ${quoted(name)} ${definition};`,
    });
  }
  return findings;
}

function triggerFindings({ table, wanted, found, level }: Context): Finding[] {
  return Object.entries(wanted.triggers)
    .filter(([name, definition]) => found.triggers[name] !== definition)
    .map(([name, definition]) => ({
      id: "SCH006",
      level,
      object: `${table} ${name}`,
      message: found.triggers[name] === undefined ? "trigger is missing" : "trigger differs",
      fix: `${definition.replace(/^CREATE/, "CREATE OR REPLACE").replace(/ ON \S+ FOR /, ` ON ${table} FOR `)};`,
    }));
}
