import { VigiaError } from "../../kit/errors.ts";
import type { Query, RemoteConnection } from "./connection.ts";

/** Limits of one piece of work on the server. */
export interface TimeLimits {
  statementMs: number;
  idleInTransactionMs: number;
  lockMs: number;
}

export const RUNTIME_LIMITS: TimeLimits = { statementMs: 15_000, idleInTransactionMs: 10_000, lockMs: 5_000 };
export const MIGRATION_LIMITS: TimeLimits = { statementMs: 600_000, idleInTransactionMs: 60_000, lockMs: 5_000 };

export interface TransactionSettings {
  readOnly?: boolean;
  limits?: TimeLimits;
  /** Further settings that end with the transaction: `role`, `app.current_tenant_id`. */
  local?: Readonly<Record<string, string>>;
}

/**
 * `begin`, the settings in one statement with bound values, `work`, `commit`. Rolled back when anything throws; a
 * statement's failure that `work` swallows is told as `transaction_aborted`.
 */
export async function inTransaction<Result>(
  connection: RemoteConnection,
  settings: TransactionSettings,
  work: (query: Query, run: RemoteConnection["run"]) => Promise<Result>,
): Promise<Result> {
  let over = false;
  const open = () => {
    if (over) throw new VigiaError("transaction_over", "A statement came after its transaction's end.");
    return connection;
  };
  const query: Query = async (text, values) => await open().query(text, values);
  const run: RemoteConnection["run"] = async (text) => await open().run(text);
  await connection.run(settings.readOnly ? "begin read only" : "begin");
  try {
    await applySettings(
      connection,
      { ...limitsAsSettings(settings.limits ?? RUNTIME_LIMITS), ...settings.local },
      true,
    );
    const result = await work(query, run);
    over = true;
    // A server that has met an error answers a commit with ROLLBACK, without an error.
    if ((await connection.run("commit")) === "COMMIT") return result;
    throw new VigiaError("transaction_aborted", "Postgres undid the transaction: one of its statements had failed.");
  } catch (thrown) {
    over = true;
    if (!connection.lost) await connection.run("rollback").catch(() => undefined);
    throw thrown;
  }
}

/**
 * As a startup parameter a pooler refuses these, and `set` takes no bound values. `local`: until the transaction ends,
 * the only kind that a transaction pooler does not hand on to a stranger.
 */
async function applySettings(
  { query }: RemoteConnection,
  settings: Readonly<Record<string, string>>,
  local: boolean,
): Promise<void> {
  const entries = Object.entries(settings);
  const calls = entries.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, ${local})`);
  await query(`select ${calls.join(", ")}`, entries.flat());
}

/** Limits for a whole session, for statements outside a transaction. Sessions only: a pooler would hand them on. */
export const limitSession = (connection: RemoteConnection, limits: TimeLimits): Promise<void> =>
  applySettings(connection, limitsAsSettings(limits), false);

const limitsAsSettings = ({ statementMs, idleInTransactionMs, lockMs }: TimeLimits): Record<string, string> => ({
  statement_timeout: String(statementMs),
  idle_in_transaction_session_timeout: String(idleInTransactionMs),
  lock_timeout: String(lockMs),
});
