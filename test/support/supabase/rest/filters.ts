import { parseError, unsupported } from "./errors.ts";
import { type Field, parseField, type Source } from "./fields.ts";
import { type Parameters, splitList, unquote } from "./sql-text.ts";

const COMPARISONS: Record<string, string> = {
  eq: "=",
  neq: "<>",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  isdistinct: "is distinct from",
  cs: "@>",
  cd: "<@",
  ov: "&&",
};
const PATTERNS: Record<string, string> = { like: "like", ilike: "ilike", match: "~", imatch: "~*" };
const STATES: Record<string, string> = {
  null: "null",
  not_null: "not null",
  true: "true",
  false: "false",
  unknown: "unknown",
};
const UNSUPPORTED = /^(fts|plfts|phfts|wfts|sl|sr|nxl|nxr|adj)\b|^\w+\((any|all)\)\./;

/** `id=not.in.(1,2)`: the key is a field, the value an operator and what it compares with. */
export function renderFilter(key: string, value: string, source: Source, parameters: Parameters): string {
  const field = parseField(key, source);
  if (!field) throw parseError("filter", key, "unexpected text in the name of a column");
  return renderCondition(field, value, parameters, { quoted: false });
}

/** `or=(a.eq.1,and(b.is.null,not.or(c.gt.2,d.eq."x,y")))`. The key is `or`, `and`, `not.or` or `not.and`. */
export function renderLogic(key: string, value: string, source: Source, parameters: Parameters): string {
  const match = /^\s*\((.*)\)\s*$/s.exec(value);
  if (!match) throw parseError("logic tree", value, 'expecting "("');
  const members = splitList(match[1]!).map((member) => renderMember(member.trim(), source, parameters));
  if (members.length === 0) throw parseError("logic tree", value, "expecting a condition");
  const joined = `(${members.join(key.endsWith("or") ? " or " : " and ")})`;
  return key.startsWith("not.") ? `not ${joined}` : joined;
}

function renderMember(member: string, source: Source, parameters: Parameters): string {
  const nested = /^((?:not\.)?(?:and|or))(\(.*\))$/s.exec(member);
  if (nested) return renderLogic(nested[1]!, nested[2]!, source, parameters);
  const [, key, condition] = /^("(?:[^"\\]|\\.)*"[^.]*|[^."]+)\.(.+)$/s.exec(member) ?? [];
  const field = key === undefined ? undefined : parseField(key, source);
  if (!field || condition === undefined) throw parseError("logic tree", member, "expecting field, operator and value");
  return renderCondition(field, condition, parameters, { quoted: true });
}

/** Quotes around a single value mean something inside `or=(...)` only. */
function renderCondition(field: Field, text: string, parameters: Parameters, { quoted }: { quoted: boolean }): string {
  const negated = text.startsWith("not.");
  const plain = negated ? text.slice(4) : text;
  if (UNSUPPORTED.test(plain)) throw unsupported(`the filter ${plain.split(".")[0]}`);
  const [, operator, operand] = /^([a-z]+)\.(.*)$/s.exec(plain) ?? [];
  const condition =
    operator === undefined || operand === undefined
      ? undefined
      : renderOperator(field, operator, operator === "in" || !quoted ? operand : unquote(operand), parameters);
  if (condition === undefined) throw parseError("filter", text, "unexpected operator or value");
  return negated ? `not (${condition})` : condition;
}

function renderOperator(field: Field, operator: string, operand: string, parameters: Parameters): string | undefined {
  if (operator === "is") {
    const state = STATES[operand.toLowerCase()];
    return state && `${field.sql} is ${state}`;
  }
  if (operator === "in") return renderList(field, operand, parameters);
  const pattern = PATTERNS[operator];
  if (pattern) {
    const text = operator.endsWith("like") ? operand.replaceAll("*", "%") : operand;
    return `${field.sql} ${pattern} ${parameters.add(text)}`;
  }
  const comparison = COMPARISONS[operator];
  return comparison && `${field.sql} ${comparison} ${castTo(typeOf(field), parameters.add(operand))}`;
}

function renderList(field: Field, operand: string, parameters: Parameters): string | undefined {
  const [, list] = /^\((.*)\)$/s.exec(operand) ?? [];
  if (list === undefined) return undefined;
  const values = splitValues(list).map((value) => unquote(value).replace(/[\\"]/g, "\\$&"));
  const array = `{${values.map((value) => `"${value}"`).join(",")}}`;
  const type = field.arrow ? `pg_catalog.${field.arrow === "->" ? "_jsonb" : "_text"}` : field.column?.arrayType;
  return `${field.sql} = any (${castTo(type ?? "pg_catalog._text", parameters.add(array))})`;
}

/** A quote in the middle of a value is a character: only a value that is quoted from end to end may hold commas. */
const splitValues = (list: string): string[] =>
  list === "" ? [] : [...list.matchAll(/(?:^|,)("(?:[^"\\]|\\.)*"(?=,|$)|[^,]*)/gs)].map(([, value]) => value!);

const typeOf = ({ arrow, column }: Field): string | undefined =>
  arrow ? (arrow === "->" ? "pg_catalog.jsonb" : undefined) : column?.type;

const castTo = (type: string | undefined, value: string): string => (type ? `${value}::${type}` : value);
