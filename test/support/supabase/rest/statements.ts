import type { CalledFunction, Column, Relation } from "./catalogue.ts";
import { RestError, unsupported } from "./errors.ts";
import { renderOrder, renderSelect, type Source } from "./fields.ts";
import { renderFilter, renderLogic } from "./filters.ts";
import { readKeys, renderArguments, renderPayload, renderValue } from "./payload.ts";
import type { RestRequest } from "./request.ts";
import { createParameters, type Parameters, quoteIdentifier } from "./sql-text.ts";

/** One statement that answers a request: columns `total`, `written`, `inserted` and `body`, all of them text. */
export interface Statement {
  text: string;
  values: string[];
  /** Rows without limit, for `count=planned`; its values are those of `text`. */
  counted?: string;
}

const qualified = ({ schema, name }: { schema: string; name: string }): string =>
  `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;

const sourceOf = (relation: Relation): Source => ({ ...relation, prefix: qualified(relation) });

export function renderRead(request: RestRequest, relation: Relation, maxRows: number): Statement {
  const parameters = createParameters();
  const source = sourceOf(relation);
  const where = renderWhere(request.conditions, source, parameters);
  const rows = `select ${renderSelect(request.select, source)} from ${source.prefix}${where}${renderPage(request, source, maxRows)}`;
  return collect({ request, rows, parameters, counted: `select 1 from ${source.prefix}${where}` });
}

export function renderInsert(request: RestRequest, relation: Relation): Statement {
  if (request.conditions.length > 0) throw unsupported("filters on an insert");
  const parameters = createParameters();
  const source = sourceOf(relation);
  const columns = columnsOfBody(request, relation);
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(", ");
  const withDefault = request.preferences.missing === "default";
  const values = columns.map((column) => renderValue(column, { withDefault })).join(", ");
  const payload = renderPayload(parameters.add(request.body), columns);
  // A row without any key is a row of defaults.
  const data = `${names && `(${names}) `}select ${values} from ${payload} where ${countInserted(1)}`;
  const conflict = renderConflict(request, relation, columns);
  const rows = `insert into ${source.prefix} ${data}${conflict} ${renderReturning(request, source)}`;
  return collect({ request, rows, parameters });
}

export function renderUpdate(request: RestRequest, relation: Relation): Statement {
  const parameters = createParameters();
  const source = sourceOf(relation);
  const columns = columnsOfBody(request, relation);
  const assignments = columns.map(({ name }) => `${quoteIdentifier(name)} = pgrst_body.${quoteIdentifier(name)}`);
  if (assignments.length === 0) {
    return collect({ request, rows: `select ${source.prefix}.* from ${source.prefix} where false`, parameters });
  }
  const payload = renderPayload(parameters.add(request.body), columns);
  const where = renderGuardedWhere("UPDATE", request, source, parameters);
  const record = `(select pgrst_body.* from ${payload} limit 1) as pgrst_body`;
  const rows = `update ${source.prefix} set ${assignments.join(", ")} from ${record}${where} ${renderReturning(request, source)}`;
  return collect({ request, rows, parameters });
}

export function renderDelete(request: RestRequest, relation: Relation): Statement {
  const parameters = createParameters();
  const source = sourceOf(relation);
  const where = renderGuardedWhere("DELETE", request, source, parameters);
  return collect({
    request,
    rows: `delete from ${source.prefix}${where} ${renderReturning(request, source)}`,
    parameters,
  });
}

/** Arguments come as the raw body of a POST, or as the text values of a query. */
export function renderCall(
  request: RestRequest,
  called: CalledFunction,
  given: { names: string[]; body: string; conditions: RestRequest["conditions"] },
  maxRows: number,
): Statement {
  const parameters = createParameters();
  const taken = called.parameters.filter(({ name }) => given.names.includes(name));
  const from = taken.length > 0 ? ` from ${renderArguments(parameters.add(given.body), taken)}` : "";
  const list = taken.map(({ name }) => `${quoteIdentifier(name)} := pgrst_body.${quoteIdentifier(name)}`).join(", ");
  const call = `${qualified(called)}(${list})`;
  const source: Source = { ...called, prefix: "pgrst_call" };
  if (!called.returnsRows) {
    if (given.conditions.length > 0 || request.select || request.order) {
      throw unsupported("filters, columns or order on bare values of a function");
    }
    const values = `select ${call} as pgrst_scalar${from}`;
    return collect({ request, rows: `${values}${renderPage(request, source, maxRows)}`, parameters, called });
  }
  const where = renderWhere(given.conditions, source, parameters);
  const rowsFrom = from ? `${from}, lateral ${call} as pgrst_call` : ` from ${call} as pgrst_call`;
  const rows = `select ${renderSelect(request.select, source)}${rowsFrom}${where}${renderPage(request, source, maxRows)}`;
  // Counting beside the page would call a function twice, which a volatile one must not be.
  if (request.preferences.count && called.volatility === "v") throw unsupported("counting rows of a volatile function");
  return collect({ request, rows, parameters, called, counted: `select 1${rowsFrom}${where}` });
}

interface Parts {
  request: RestRequest;
  rows: string;
  parameters: Parameters;
  /** Absent for writes: there the rows written are all there are. */
  counted?: string;
  called?: CalledFunction;
}

/** Postgres itself spells the answer, which keeps numbers and times as PostgREST spells them. */
function collect({ request, rows, parameters, counted, called }: Parts): Statement {
  const first = request.single || (called && !called.returnsSet);
  const value = called && !called.returnsRows ? "pgrst_row.pgrst_scalar" : "pgrst_row";
  const body = first ? `json_agg(${value}) -> 0` : `json_agg(${value})`;
  const needsTotal = counted && (request.preferences.count === "exact" || request.preferences.count === "estimated");
  const total = needsTotal ? `(select count(*) from (${counted}) as pgrst_counted)` : "null";
  const inserted = "nullif(current_setting('pgrst.inserted', true), '')";
  return {
    text: `with pgrst_source as (${rows})
      select ${total}::text as total, count(pgrst_row)::text as written, ${inserted} as inserted,
        coalesce(${body}, '${first ? "null" : "[]"}')::text as body
      from (select * from pgrst_source) as pgrst_row`,
    values: parameters.values,
    ...(counted ? { counted } : {}),
  };
}

function renderWhere(conditions: RestRequest["conditions"], source: Source, parameters: Parameters): string {
  const rendered = conditions.map(([key, value]) => {
    if (/^(not\.)?(and|or)$/.test(key)) return renderLogic(key, value, source, parameters);
    if (/^[\w-]+\.\w/.test(key)) {
      const embedded = key.split(".")[0];
      throw new RestError(400, "PGRST108", `'${embedded}' is not an embedded resource in this request`, {
        hint: `Verify that '${embedded}' is included in the 'select' query parameter.`,
      });
    }
    return renderFilter(key, value, source, parameters);
  });
  return rendered.length > 0 ? ` where ${rendered.join(" and ")}` : "";
}

/** Hosted projects load `safeupdate` for the API: a write without any filter is refused. */
function renderGuardedWhere(verb: string, request: RestRequest, source: Source, parameters: Parameters): string {
  if (request.order || request.limit !== undefined || request.offset > 0) throw unsupported(`limits on ${verb}`);
  const where = renderWhere(request.conditions, source, parameters);
  if (!where) throw new RestError(400, "21000", `${verb} requires a WHERE clause`);
  return where;
}

function renderPage({ order, limit, offset }: RestRequest, source: Source, maxRows: number): string {
  const sorted = order ? ` order by ${renderOrder(order, source)}` : "";
  return `${sorted} limit ${Math.min(limit ?? maxRows, maxRows)} offset ${offset}`;
}

const renderReturning = ({ preferences, select }: RestRequest, source: Source): string =>
  preferences.return === "representation" ? `returning ${renderSelect(select, source)}` : "returning 1";

function columnsOfBody(request: RestRequest, relation: Relation): Column[] {
  return (request.columns ?? readKeys(request.body)).map((name) => {
    const column = relation.columns.get(name);
    if (column) return column;
    throw new RestError(
      400,
      "PGRST204",
      `Could not find the '${name}' column of '${relation.name}' in the schema cache`,
    );
  });
}

function renderConflict({ preferences, onConflict }: RestRequest, relation: Relation, columns: Column[]): string {
  const keys =
    onConflict ?? [...relation.columns.values()].filter(({ inPrimaryKey }) => inPrimaryKey).map(({ name }) => name);
  if (!preferences.resolution || keys.length === 0) return "";
  const target = ` on conflict (${keys.map(quoteIdentifier).join(", ")})`;
  if (preferences.resolution === "ignore-duplicates" || columns.length === 0) return `${target} do nothing`;
  const assignments = columns.map(({ name }) => `${quoteIdentifier(name)} = excluded.${quoteIdentifier(name)}`);
  return `${target} do update set ${assignments.join(", ")} where ${countInserted(-1)}`;
}

/** PostgREST's own way to know whether a merge inserted anything: rows tried, less rows merged. Always true. */
const countInserted = (step: 1 | -1): string =>
  `set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) + ${step})::text, true) <> ''`;
