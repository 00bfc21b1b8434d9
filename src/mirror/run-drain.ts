import type { AlertBook } from "../jobs/alerts.ts";
import type { JobContext, JobResult, RunInfo } from "../jobs/define.ts";
import type { Metrics } from "../server/metrics/index.ts";
import { type DrainReport, drain } from "./delivery/drain.ts";
import { countDelivered } from "./metrics.ts";
import type { MirrorParts } from "./mirror.ts";
import { createUnitDelivery } from "./objects/unit-delivery.ts";
import { SUPABASE_PEER } from "./remote/peer.ts";

export interface DrainRunOptions extends MirrorParts {
  metrics: Metrics;
  /** Jobs that run now: what they write is left to gather. */
  busyJobs: () => ReadonlySet<string>;
}

/** One run of `mirror_drain`: what is due, or everything when a person or a start asks for it. */
export async function runDrain(parts: DrainRunOptions, context: JobContext): Promise<JobResult> {
  const { run, alerts } = context;
  const report = await drain(parts, context, {
    all: isAskedFor(run),
    busyJobs: parts.busyJobs(),
    progress: context.progress,
    deliverUnit: createUnitDelivery(),
  });
  countDelivered(parts.metrics, report);
  const refused = sum(report.deadLettered);
  if (refused > 0)
    await alerts.raise({
      rule: "dead_letters.growing",
      subject: "mirror",
      level: "warning",
      message: `Supabase refused ${refused} rows: vigia dead-letters list.`,
      value: refused,
    });
  else if (unitsOf(report) > 0) await alerts.clear("dead_letters.growing", "mirror");
  await judgeKey(report, alerts);
  return resultOf(report);
}

/** Whether a person, or a start that runs everything once, wants all of it, and waits for what may still be on its way. */
const isAskedFor = ({ trigger, params }: RunInfo): boolean =>
  params.all === true || (trigger !== "cron" && trigger !== "retry");

/** A key that does not count stops every stream, and nothing but a person can change that. */
async function judgeKey(report: DrainReport, alerts: AlertBook): Promise<void> {
  if (report.end?.kind === "refused")
    await alerts.raise({
      rule: "mirror.blocked",
      subject: SUPABASE_PEER,
      level: "critical",
      message: `Supabase refuses the key: ${report.end.message}`,
    });
  else if (unitsOf(report) > 0) await alerts.clear("mirror.blocked", SUPABASE_PEER);
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, count) => all + count, 0);
const unitsOf = ({ delivered, deleted }: DrainReport): number => sum(delivered) + sum(deleted);

function resultOf(report: DrainReport): JobResult {
  const { blocked, broken, deadLettered, end, heldUntil, ...rest } = report;
  const units = unitsOf(report);
  const refused = sum(deadLettered);
  const problem =
    [
      ...blocked.map(({ stream, message }) => `${stream} is blocked: ${message}`),
      ...broken.map(({ stream, message }) => `The table ${stream} fails: ${message}`),
      ...report.droppedColumns.map(({ stream, column }) => `${stream} goes without ${column}, which Supabase lacks.`),
      ...(end ? [end.message] : []),
    ].join(" ") || undefined;
  const logData = {
    ...rest,
    dead_lettered: deadLettered,
    blocked,
    broken,
    held_until: heldUntil?.toISOString() ?? null,
    ...(end ? { end: { code: end.code, kind: end.kind } } : {}),
  };
  // What a person must do first: a key that does not count, a table that is not there.
  const reason = end?.kind === "refused" || blocked.length > 0 ? problem : undefined;
  return {
    outcome: end ? (units > 0 ? "partial" : "failed") : blocked.length + broken.length + refused > 0 ? "partial" : "ok",
    unitsWritten: units,
    errors: refused + blocked.length + broken.length + (end ? 1 : 0),
    logData,
    ...(problem ? { message: problem } : {}),
    ...(reason ? { blockedReason: reason } : {}),
  };
}
