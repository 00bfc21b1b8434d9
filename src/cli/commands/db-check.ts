import { type AnonAnswer, type CheckPart, type CheckReport, runChecks } from "../../db/remote/check/run-checks.ts";
import { findTenantFaults } from "../../db/remote/check/tenant-findings.ts";
import { EXIT } from "../../jobs/exit-codes.ts";
import { minutes, seconds } from "../../kit/duration.ts";
import { errorCode, VigiaError } from "../../kit/errors.ts";
import type { CommandContext } from "../context.ts";
import { plainText } from "../output.ts";
import { type ProjectCall, withProject } from "./db-http.ts";
import { type RemoteTarget, withRemote } from "./db-target.ts";

export type CheckChoice = Partial<Record<CheckPart, boolean>>;

type Probe = (table: string) => Promise<AnonAnswer>;

/** The probe of the public key asks over HTTP in the middle of the transaction, so that may idle for longer. */
const LIMITS = { statementMs: minutes(1), idleInTransactionMs: minutes(2), lockMs: seconds(5) };

/** Prints what differs from the migrations or opens a door; exit 1 when something of it is an error, 2 when not all could be tried. */
export const printChecks = (context: CommandContext, choice: CheckChoice) =>
  withRemote(context, async (target) => {
    const { output, globals } = context;
    const chosen = (Object.keys(choice) as CheckPart[]).filter((part) => choice[part]);
    const report = await checkTarget(context, target, chosen);
    if (globals.json) output.data(JSON.stringify(report, null, 2));
    else output.data(renderReport(report));
    for (const skipped of globals.json ? [] : report.skipped)
      output.note(`${skipped.id} was left out: ${skipped.reason}.`);
    const isFaulty = report.findings.some(({ level }) => level === "error");
    context.exit(isFaulty ? EXIT.failure : report.ok ? EXIT.ok : EXIT.partial);
  });

interface Skipped {
  id: string;
  reason: string;
  /** It was wanted and did not work: the report is not ok. */
  failed: boolean;
}

interface FullReport extends CheckReport {
  /** Checks that were not made. */
  skipped: Skipped[];
}

async function checkTarget(context: CommandContext, target: RemoteTarget, chosen: CheckPart[]): Promise<FullReport> {
  const { settings, database } = target;
  const parts = chosen.length > 0 ? { parts: chosen } : {};
  const schema = settings.supabaseSchema;
  const check = (probeAnon?: Probe) =>
    database.transaction({ limits: LIMITS }, (query) =>
      runChecks(query, { ...parts, schema, ...(probeAnon ? { probeAnon } : {}) }),
    );
  if (chosen.length > 0 && !chosen.includes("rls")) return { ...(await check()), skipped: [] };
  const { report, skipped } = await checkWithPublicKey(context, target, check);
  const findings = [...report.findings, ...(await findTenantFaults(database, schema))];
  const ok = findings.every(({ level }) => level !== "error") && !skipped.some(({ failed }) => failed);
  return { ok, findings, skipped };
}

async function checkWithPublicKey(
  { signal }: CommandContext,
  { settings, clock }: RemoteTarget,
  check: (probe?: Probe) => Promise<CheckReport>,
): Promise<{ report: CheckReport; skipped: Skipped[] }> {
  const leftOut = (reason: string, failed: boolean): Skipped[] => [{ id: "RLS013", reason, failed }];
  const { supabaseUrl: url, supabaseAnonKey: key } = settings;
  if (!url || !key)
    return { report: await check(), skipped: leftOut("SUPABASE_URL or SUPABASE_ANON_KEY is unset", false) };
  let failure: string | undefined;
  const report = await withProject({ url, key, clock, signal }, settings, (call) =>
    check(async (table) => {
      if (failure !== undefined) return "unknown";
      return await probe(call, settings.supabaseSchema, table).catch((thrown) => {
        failure = `${new URL(url).host} could not be asked with the public key (${errorCode(thrown)})`;
        return "unknown";
      });
    }),
  );
  return { report, skipped: failure === undefined ? [] : leftOut(failure, true) };
}

/**
 * PostgREST's own refusals: no right, no such table for this caller, a schema that is not exposed. Anything else, a wrong key
 * or a gateway's page, says nothing about the table.
 */
const REFUSALS = new Set(["42501", "42P01", "PGRST205", "PGRST106"]);

async function probe(call: ProjectCall, schema: string, table: string): Promise<AnonAnswer> {
  const path = `/rest/v1/${encodeURIComponent(table)}?select=*&limit=1`;
  const { status, text } = await call(path, {
    headers: { "accept-profile": schema },
    accept: [401, 403, 404, 406],
  });
  const body = parseBody(text);
  if (status < 300 && Array.isArray(body)) return body.length === 0 ? "empty" : "rows";
  const code = (body as { code?: unknown } | null)?.code;
  if (status >= 400 && typeof code === "string" && REFUSALS.has(code)) return "refused";
  throw new VigiaError("unexpected_answer", `The project answered ${status} without a reason that PostgREST gives.`);
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function renderReport({ findings, ok }: CheckReport): string {
  const lines = findings.map(({ id, level, object, message, fix }) =>
    plainText(`${level.toUpperCase().padEnd(7)}  ${id}  ${object}: ${message}\n  → ${fix}`),
  );
  const errors = findings.filter(({ level }) => level === "error").length;
  const summary = `${errors} errors, ${findings.length - errors} warnings: ${ok ? "ok" : "not ok"}`;
  return [...lines, summary].join("\n");
}
