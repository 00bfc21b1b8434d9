import { VigiaError } from "../../kit/errors.ts";
import type { MirrorParts, MirrorRun } from "../mirror.ts";
import type { FailureKind } from "../remote/failure.ts";
import { openSupabase, type Supabase } from "../remote/supabase.ts";
import type { MirrorStream } from "../stream.ts";
import { countLocal } from "./keys.ts";
import { reconcileObjects } from "./reconcile-objects.ts";
import { reconcileRows } from "./reconcile-rows.ts";
import type { StreamReconciled } from "./report.ts";
import { type ReconcileOptions, saveReconciledAt } from "./task.ts";

export interface ReconcileReport {
  /** In the order of comparison; streams that were not reached are missing. */
  streams: StreamReconciled[];
  dryRun: boolean;
  /** Whether every stream that was asked for was compared to its end. */
  complete: boolean;
}

/** After these, and after a page that stalled on the way, the next stream would fare no better. */
const ENDS_ALL: ReadonlySet<FailureKind> = new Set<FailureKind>(["unavailable", "refused", "aborted"]);
const endsAll = ({ failureKind, error }: StreamReconciled): boolean =>
  failureKind !== undefined && (ENDS_ALL.has(failureKind) || error?.code === "timeout");

/**
 * Compares all keys and contents with the project and owes again what differs. Errors: `mirror_off`, `unknown_stream`; whatever
 * the project answers is part of the report.
 */
export async function reconcile(
  parts: MirrorParts,
  run: MirrorRun,
  options: ReconcileOptions,
): Promise<ReconcileReport> {
  const streams = chosenStreams(parts.streams, options.streams);
  const supabase = await openProject(parts, run);
  const report: ReconcileReport = { streams: [], dryRun: options.dryRun === true, complete: false };
  let total = 0;
  for (const stream of streams) total += await countLocal(parts.db.read, stream);
  options.progress.total(total);
  for (const stream of streams) {
    const task = { parts, supabase, signal: run.signal, options };
    const compared =
      stream.kind === "rows" ? await reconcileRows({ ...task, stream }) : await reconcileObjects({ ...task, stream });
    report.streams.push(compared);
    logStream(run, compared);
    if (compared.complete && !report.dryRun) await saveReconciledAt(parts.db, stream, parts.clock.now());
    if (endsAll(compared)) return report;
  }
  report.complete = report.streams.every(({ complete }) => complete);
  return report;
}

/** Error: `mirror_off`. */
export async function openProject({ settings }: MirrorParts, { http, signal }: MirrorRun): Promise<Supabase> {
  const supabase = await openSupabase(settings, http, signal);
  if (supabase) return supabase;
  throw new VigiaError("mirror_off", "The mirror is off: there is no project to compare with.", {
    hint: "Set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY.",
  });
}

function chosenStreams(all: readonly MirrorStream[], names: readonly string[] | undefined): readonly MirrorStream[] {
  if (names === undefined) return all;
  const unknown = names.find((name) => !all.some((stream) => stream.name === name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  throw new VigiaError("unknown_stream", `streams: there is no stream ${JSON.stringify(unknown.slice(0, 64))}.`, {
    hint: `Streams are ${all.map(({ name }) => name).join(", ")}.`,
  });
}

function logStream({ log }: MirrorRun, { failureKind, ...counts }: StreamReconciled): void {
  const { stream, differing, missing, extra, error } = counts;
  const found = `${differing} differ, ${missing} are missing, ${extra} are extra`;
  const fields = { ...counts, extraKeys: undefined };
  if (error) log.warn("mirror.reconciled", `${stream}: ${error.message} So far ${found}.`, fields);
  else log.info("mirror.reconciled", `${stream}: ${found}.`, fields);
}
