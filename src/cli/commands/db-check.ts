import { type AnonAnswer, type CheckPart, type CheckReport, runChecks } from "../../db/remote/check/run-checks.ts";
import { EXIT } from "../../jobs/exit-codes.ts";
import { minutes, seconds } from "../../kit/duration.ts";
import { errorCode } from "../../kit/errors.ts";
import type { CommandContext } from "../context.ts";
import { plainText } from "../output.ts";
import { type ProjectCall, withProject } from "./db-http.ts";
import { type RemoteTarget, withRemote } from "./db-target.ts";

export type CheckChoice = Partial<Record<CheckPart, boolean>>;

type Probe = (table: string) => Promise<AnonAnswer>;

/** The probe of the public key asks over HTTP in the middle of the transaction, so that may idle for longer. */
const LIMITS = { statementMs: minutes(1), idleInTransactionMs: minutes(2), lockMs: seconds(5) };

/** Prints what differs from the migrations or opens a door; exit 1 when something of it is an error. */
export const printChecks = (context: CommandContext, choice: CheckChoice) =>
  withRemote(context, async (target) => {
    const { output, globals } = context;
    const chosen = (Object.keys(choice) as CheckPart[]).filter((part) => choice[part]);
    const report = await checkTarget(context, target, chosen);
    if (globals.json) output.data(JSON.stringify(report, null, 2));
    else output.data(renderReport(report));
    for (const skipped of globals.json ? [] : report.skipped)
      output.note(`${skipped.id} was left out: ${skipped.reason}.`);
    context.exit(report.ok ? EXIT.ok : EXIT.failure);
  });

interface FullReport extends CheckReport {
  /** Checks that could not be made here. */
  skipped: { id: string; reason: string }[];
}

async function checkTarget(context: CommandContext, target: RemoteTarget, chosen: CheckPart[]): Promise<FullReport> {
  const { settings, database, clock } = target;
  const parts = chosen.length > 0 ? { parts: chosen } : {};
  const check = (probeAnon?: Probe) =>
    database.transaction({ limits: LIMITS }, (query) =>
      runChecks(query, { ...parts, schema: settings.supabaseSchema, ...(probeAnon ? { probeAnon } : {}) }),
    );
  if (chosen.length > 0 && !chosen.includes("rls")) return { ...(await check()), skipped: [] };
  const { supabaseUrl: url, supabaseAnonKey: key } = settings;
  if (!url || !key)
    return { ...(await check()), skipped: [{ id: "RLS013", reason: "SUPABASE_URL or SUPABASE_ANON_KEY is unset" }] };
  let failure: string | undefined;
  const report = await withProject({ url, key, clock, signal: context.signal }, settings, (call) =>
    check(async (table) => {
      if (failure !== undefined) return "refused";
      return await probe(call, settings.supabaseSchema, table).catch((thrown) => {
        failure = `${new URL(url).host} could not be asked (${errorCode(thrown)})`;
        return "refused";
      });
    }),
  );
  return { ...report, skipped: failure === undefined ? [] : [{ id: "RLS013", reason: failure }] };
}

async function probe(call: ProjectCall, schema: string, table: string): Promise<AnonAnswer> {
  const path = `/rest/v1/${encodeURIComponent(table)}?select=*&limit=1`;
  const { status, text } = await call(path, {
    headers: { "accept-profile": schema },
    accept: [401, 403, 404, 406],
  });
  if (status >= 300) return "refused";
  return text.trim() === "[]" ? "empty" : "rows";
}

function renderReport({ findings, ok }: CheckReport): string {
  const lines = findings.map(({ id, level, object, message, fix }) =>
    plainText(`${level.toUpperCase().padEnd(7)}  ${id}  ${object}: ${message}\n  → ${fix}`),
  );
  const errors = findings.filter(({ level }) => level === "error").length;
  const summary = `${errors} errors, ${findings.length - errors} warnings: ${ok ? "ok" : "not ok"}`;
  return [...lines, summary].join("\n");
}
