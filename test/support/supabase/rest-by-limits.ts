import type { Sql } from "postgres";
import type { PostgresDatabase } from "../postgres/index.ts";
import type { Limits } from "./limits.ts";
import { createRestHandler, type RestHandler } from "./rest/handler.ts";

/** The rest service under limits that a test may change between two requests. */
export function createRestByLimits(database: PostgresDatabase, authenticator: Sql, limits: Limits): RestHandler {
  // The timeout is a property of the login, as on a hosted project; so each one asked for has connections of its own.
  const pools = new Map<number, Sql>();
  const poolFor = (timeoutMs: number | undefined): Sql => {
    if (timeoutMs === undefined) return authenticator;
    const known = pools.get(timeoutMs);
    if (known) return known;
    const options = { max: 4, connection: { statement_timeout: timeoutMs } };
    const pool = database.postgres.connect(database.name, "authenticator", options);
    pools.set(timeoutMs, pool);
    return pool;
  };
  return (request, caller) => {
    const pool = poolFor(limits.statementTimeoutMs);
    return createRestHandler({ pool, maxRows: limits.maxRows })(request, caller);
  };
}
