import type { Sql, TransactionSql } from "postgres";
import { loadFunction, loadRelation } from "./catalogue.ts";
import { RestError, renderError } from "./errors.ts";
import { readArguments } from "./payload.ts";
import { type RestRequest, readRequest } from "./request.ts";
import { type Answer, renderResponse } from "./respond.ts";
import { renderCall, renderDelete, renderInsert, renderRead, renderUpdate, type Statement } from "./statements.ts";

/** Whom the gateway found behind the bearer. */
export interface RestCaller {
  role: string;
  claims: Record<string, unknown>;
}

export interface RestOptions {
  /** Logged in as `authenticator`, which may become the API roles and nothing else. */
  pool: Sql;
  /** Exposed schemas, the default first. Default: `public`. */
  schemas?: string[];
  /** Rows of one answer, whatever the client asks for. Default: 1,000, as hosted. */
  maxRows?: number;
}

export type RestHandler = (request: Request, caller: RestCaller) => Promise<Response>;

/**
 * A thin PostgREST on a real Postgres. Takes a request whose path is that behind `/rest/v1`. What it does not support
 * it refuses with 501 and the code `DOUBLE`.
 */
export function createRestHandler({ pool, schemas = ["public"], maxRows = 1_000 }: RestOptions): RestHandler {
  return async (incoming, caller) => {
    try {
      const request = await readRequest(incoming, schemas);
      const serve = async (sql: TransactionSql) => renderResponse(request, await answer(sql, request, caller, maxRows));
      const isRead = request.method === "GET" || request.method === "HEAD";
      return (await (isRead ? pool.begin("read only", serve) : pool.begin(serve))) as Response;
    } catch (error) {
      return renderError(error, caller, incoming.method);
    }
  };
}

async function answer(sql: TransactionSql, request: RestRequest, caller: RestCaller, maxRows: number): Promise<Answer> {
  const { statement, returnsVoid } = await prepare(sql, request, maxRows);
  await impersonate(sql, request, caller);
  const [row] = await sql.unsafe<Row[]>(statement.text, statement.values);
  const rows = Number(row!.written);
  if (request.single && rows !== 1) throw notSingular(rows);
  refuseTooManyAffected(request, rows);
  return {
    body: row!.body,
    rows,
    total: await countAll(sql, request, statement, row!, maxRows),
    inserted: Number(row!.inserted ?? 0),
    returnsVoid,
  };
}

interface Row {
  total: string | null;
  written: string;
  inserted: string | null;
  body: string;
}

interface Prepared {
  statement: Statement;
  returnsVoid: boolean;
}

async function prepare(sql: TransactionSql, request: RestRequest, maxRows: number): Promise<Prepared> {
  if (request.target.kind === "function") return prepareCall(sql, request, maxRows);
  const relation = await loadRelation(sql, request.schema, request.target.name);
  const render = {
    GET: () => renderRead(request, relation, maxRows),
    HEAD: () => renderRead(request, relation, maxRows),
    POST: () => renderInsert(request, relation),
    PATCH: () => renderUpdate(request, relation),
    DELETE: () => renderDelete(request, relation),
  }[request.method];
  return { statement: render(), returnsVoid: false };
}

async function prepareCall(sql: TransactionSql, request: RestRequest, maxRows: number): Promise<Prepared> {
  const { schema, target } = request;
  if (request.method === "POST") {
    const names = readArguments(request.body);
    const called = await loadFunction(sql, schema, target.name, names);
    if (called.volatility !== "v") await sql.unsafe("set transaction read only");
    const given = { names, body: request.body, conditions: request.conditions };
    return { statement: renderCall(request, called, given, maxRows), returnsVoid: called.returnsVoid };
  }
  // In a query an argument is a bare value; what begins with an operator is a filter on the rows.
  const isFilter = ([key, value]: [string, string]) =>
    /^(not\.)?(and|or)$/.test(key) || /^(not\.)?(eq|neq|gte?|lte?|i?like|is|in|cs|cd|ov)\./.test(value);
  const args = request.conditions.filter((entry) => !isFilter(entry));
  const names = args.map(([name]) => name);
  const called = await loadFunction(sql, schema, target.name, names);
  const given = {
    names,
    body: JSON.stringify(Object.fromEntries(args)),
    conditions: request.conditions.filter(isFilter),
  };
  return { statement: renderCall(request, called, given, maxRows), returnsVoid: called.returnsVoid };
}

/** Transaction-local, in PostgREST's order; SET ROLE alone would not apply the role's own settings. */
async function impersonate(sql: TransactionSql, request: RestRequest, caller: RestCaller): Promise<void> {
  const settings = await sql.unsafe<{ setting: string }[]>(
    `select own.setting from pg_db_role_setting s join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) as own (setting)
     join pg_settings p on p.name = split_part(own.setting, '=', 1) and p.context = 'user'
     where r.rolname = $1::text and s.setdatabase = 0`,
    [caller.role],
  );
  const own = settings.map(({ setting }): [string, string] => {
    const at = setting.indexOf("=");
    return [setting.slice(0, at), setting.slice(at + 1)];
  });
  const entries: [string, string][] = [
    ["search_path", `"${request.schema}", extensions`],
    ...own,
    ["role", caller.role],
    ["request.jwt.claims", JSON.stringify({ ...caller.claims, role: caller.role })],
    ["request.method", request.method],
    ["request.path", request.path],
    ["request.headers", JSON.stringify(Object.fromEntries(request.headers))],
  ];
  const calls = entries.map((_, index) => `set_config($${2 * index + 1}::text, $${2 * index + 2}::text, true)`);
  await sql.unsafe(`select ${calls.join(", ")}`, entries.flat());
}

const notSingular = (rows: number): RestError =>
  new RestError(406, "PGRST116", "Cannot coerce the result to a single JSON object", {
    details: `The result contains ${rows} rows`,
  });

function refuseTooManyAffected({ method, preferences }: RestRequest, rows: number): void {
  const { handling, maxAffected } = preferences;
  if (handling !== "strict" || maxAffected === undefined || rows <= maxAffected) return;
  if (method !== "PATCH" && method !== "DELETE") return;
  throw new RestError(400, "PGRST124", "Query result exceeds max-affected preference constraint", {
    details: `The query affects ${rows} rows`,
  });
}

/** Exact, or the planner's guess: always under `planned`, and beyond one page under `estimated`. */
async function countAll(
  sql: TransactionSql,
  { preferences: { count } }: RestRequest,
  { counted, values }: Statement,
  row: Row,
  maxRows: number,
): Promise<number | undefined> {
  if (!count) return undefined;
  if (!counted) return Number(row.written);
  const exact = row.total === null ? undefined : Number(row.total);
  if (exact !== undefined && (count === "exact" || exact <= maxRows)) return exact;
  const [plan] = await sql.unsafe<{ "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] }[]>(
    `explain (format json) ${counted}`,
    values,
  );
  return Math.max(plan!["QUERY PLAN"][0].Plan["Plan Rows"], exact === undefined ? 0 : maxRows + 1);
}
