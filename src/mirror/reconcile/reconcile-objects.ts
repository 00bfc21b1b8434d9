import { yieldToEventLoop } from "../../kit/clock.ts";
import { days } from "../../kit/duration.ts";
import { findBucket } from "../objects/bucket.ts";
import { noteObjects } from "../objects/object-states.ts";
import { owe } from "../outbox/owed.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import { type ObjectStream, parseKey } from "../stream.ts";
import { type Deletions, planDeletions } from "./deletions.ts";
import { loadOwedAmong, localKeyPages, sameSpelling } from "./keys.ts";
import { listFolder } from "./list-folder.ts";
import { countExtra, emptyReport, endedBy, type StreamReconciled } from "./report.ts";
import { abortedFailure, loadStreamState, type ReconcileTask } from "./task.ts";
import { isContent, listObjects, unitPaths, unitsFolder } from "./unit-objects.ts";

/** Units that an hour's run surely gets through at two requests a second. */
const UNITS_A_RUN = 5_000;

interface ObjectsTask extends ReconcileTask {
  stream: ObjectStream;
}

interface Comparison extends ObjectsTask {
  report: StreamReconciled;
  /** Paths of extra objects by the unit that they are deleted with. */
  extra: Map<string, string[]>;
  deletions: Deletions;
  bucketMissing: boolean;
}

/**
 * Lists every unit's folder and compares names, sizes and md5 with the texts here; units of which something differs or is
 * missing are owed again. One request a unit: where the time ends before the units do, the report says how far it came, and
 * next week's run begins elsewhere.
 */
export async function reconcileObjects(task: ObjectsTask): Promise<StreamReconciled> {
  const { parts, stream, signal } = task;
  const report = emptyReport(stream);
  if (!parts.settings.enableSupabaseUpload) return { ...report, error: UPLOADS_OFF };
  const { blockedReason } = await loadStreamState(parts.db, stream);
  if (blockedReason !== null) return { ...report, error: { code: "blocked", message: blockedReason } };
  // A list of a bucket that is not there is empty, and so says nothing.
  const bucket = await findBucket(task.supabase, parts.settings.supabaseBucketName);
  if (typeof bucket === "object") return endedBy(report, bucket);
  const units: string[] = [];
  for await (const page of localKeyPages(parts.db.read, stream)) units.push(...page);
  const comparison = startComparison(task, { report, units: units.length, bucketMissing: bucket === "missing" });
  const progress = { done: 0, total: units.length };
  report.units = progress;
  const first = units.length === 0 ? 0 : (weekOf(parts.clock.now()) * UNITS_A_RUN) % units.length;
  for (const unit of [...units.slice(first), ...units.slice(0, first)]) {
    const failure = signal.aborted ? abortedFailure : await compareUnit(comparison, unit);
    if (failure) return endedBy(report, failure);
    progress.done++;
    await yieldToEventLoop();
    task.options.progress.advance(1, stream.name);
  }
  const failure = await findExtraFolders(comparison, new Set(units.map(sameSpelling)));
  if (failure) return endedBy(report, failure);
  report.complete = true;
  const refusal = await comparison.deletions.finish();
  return refusal ? { ...report, error: refusal } : report;
}

const UPLOADS_OFF = { code: "uploads_off", message: "Uploads are switched off (ENABLE_SUPABASE_UPLOAD)." };

const weekOf = (now: Date): number => Math.floor(now.getTime() / days(7));

function startComparison(
  task: ObjectsTask,
  { report, units, bucketMissing }: { report: StreamReconciled; units: number; bucketMissing: boolean },
): Comparison {
  const { parts, stream, options } = task;
  const extra = new Map<string, string[]>();
  const deletions = planDeletions({
    parts,
    stream,
    options,
    localKeys: units,
    // An object that is noted as removed would be passed over.
    async note(tx, keys) {
      for (const unit of keys) {
        const paths = extra.get(unit) ?? [];
        await noteObjects(tx, { stream: stream.name, unit, keys: paths, state: "failed", sha256: null, error: EXTRA });
        report.deleted += paths.length;
      }
    },
  });
  return { ...task, report, extra, deletions, bucketMissing };
}

const EXTRA = "It lies in Storage and not here.";
const DIFFERS = "Storage has another content, or none.";

/** Undefined: it was compared, or needed no comparison. */
async function compareUnit(comparison: Comparison, unit: string): Promise<RemoteFailure | undefined> {
  const { parts, stream, report, options, bucketMissing } = comparison;
  const paths = unitPaths(stream, unit, parts.settings.supabaseBasePrefix);
  if (!paths) {
    report.refused += stream.names.length;
    return undefined;
  }
  const listed = bucketMissing ? { found: new Map() } : await listObjects(comparison, paths.values());
  if ("failure" in listed) return listed.failure;
  // Read after the other side, and asked for debts after that: whatever changes in between is owed, and left alone.
  const local = new Map((await stream.load(parseKey(unit))).map((object) => [object.name, object]));
  if ((await loadOwedAmong(parts.db.read, stream, [unit])).size > 0) {
    report.skippedBecauseOwed += local.size;
    return undefined;
  }
  const wrong: string[] = [];
  const extra: string[] = [];
  for (const [name, path] of paths) {
    const object = local.get(name);
    const there = listed.found.get(path);
    if (object && there && isContent(object, there)) report.equal++;
    else if (object) {
      wrong.push(path);
      if (there) report.differing++;
      else report.missing++;
    } else if (there) extra.push(path);
  }
  report.compared = report.equal + report.differing;
  await noteExtra(comparison, unit, extra);
  if (wrong.length === 0 || options.dryRun) return undefined;
  await parts.db.write(async (tx) => {
    await noteObjects(tx, { stream: stream.name, unit, keys: wrong, state: "failed", sha256: null, error: DIFFERS });
    await owe(tx, stream.name, [unit]);
  });
  report.owed++;
  return undefined;
}

async function noteExtra({ report, extra, deletions }: Comparison, unit: string, paths: string[]): Promise<void> {
  if (paths.length === 0) return;
  countExtra(report, paths);
  extra.set(unit, paths);
  await deletions.add([unit]);
}

/** Folders of units that are not here any more, or never were: of what lies in them, only the stream's own names count. */
async function findExtraFolders(
  comparison: Comparison,
  units: ReadonlySet<string>,
): Promise<RemoteFailure | undefined> {
  const { parts, stream, supabase, signal, bucketMissing } = comparison;
  const { supabaseBucketName: bucket, supabaseBasePrefix: prefix } = parts.settings;
  const parent = unitsFolder(stream, prefix);
  if (parent === undefined || bucketMissing) return undefined;
  const strangers: string[] = [];
  for await (const page of listFolder(supabase, bucket, parent)) {
    if ("failure" in page) return page.failure;
    if (signal.aborted) return abortedFailure;
    const folders = page.entries.filter(({ isFolder }) => isFolder).map(({ name }) => JSON.stringify([name]));
    strangers.push(...folders.filter((unit) => !units.has(unit)));
  }
  for (const unit of strangers) {
    const failure = signal.aborted ? abortedFailure : await inspectStranger(comparison, unit);
    if (failure) return failure;
  }
  return undefined;
}

async function inspectStranger(comparison: Comparison, unit: string): Promise<RemoteFailure | undefined> {
  const { parts, stream, report } = comparison;
  const paths = unitPaths(stream, unit, parts.settings.supabaseBasePrefix);
  // No unit can have such a folder, so it is somebody else's.
  if (!paths) return undefined;
  const listed = await listObjects(comparison, paths.values());
  if ("failure" in listed) return listed.failure;
  const owed = (await loadOwedAmong(parts.db.read, stream, [unit])).size > 0;
  if (owed) report.skippedBecauseOwed += listed.found.size;
  else await noteExtra(comparison, unit, [...listed.found.keys()]);
  return undefined;
}
