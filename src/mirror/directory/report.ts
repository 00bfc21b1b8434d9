import type { RemoteFailure } from "../remote/failure.ts";

/** What happened to the rows of one table. */
export interface RowCounts {
  added: number;
  changed: number;
  /** Gone at the source, deleted here. */
  removed: number;
  unchanged: number;
  /** Of the source: a bad value, named in `problems`. What is here of them stays. */
  skipped: number;
  /** Ids that somebody who is kept here has already. */
  conflicts: number;
}

/** People are never removed. */
interface UserCounts extends Omit<RowCounts, "removed"> {
  deactivated: number;
  reactivated: number;
  /** New ones whose portfolios could not be read: they come with the next copy. */
  postponed: number;
}

/** One copy of the directory, as JSON: also the `log_data` of its run. */
export interface DirectoryReport {
  outcome: "ok" | "partial" | "failed";
  /** Where people are kept; null when they could not be read. */
  shape: "users" | "profiles" | null;
  /** Nothing was written: the counts say what would be. */
  dry_run: boolean;
  users: UserCounts;
  portfolios: RowCounts;
  assets: RowCounts;
  configs: RowCounts;
  /** Rows of the source whose user or portfolio is not in the list. */
  orphans: number;
  /** Why nobody was deactivated, and the remedy. */
  suspicious: string | null;
  /** Tables that could not be read; what is here of them stays. */
  failures: { table: string; kind: RemoteFailure["kind"]; code: string; message: string }[];
  /** Rows that were left out, by table and id, and why; the first ones. */
  problems: string[];
  /** One sentence when the outcome is not ok. */
  message?: string;
}

/** `log_data` is kept small; the counts are complete. */
const MAX_PROBLEMS = 50;

export function emptyReport(dryRun: boolean): DirectoryReport {
  const rows = (): RowCounts => ({ added: 0, changed: 0, removed: 0, unchanged: 0, skipped: 0, conflicts: 0 });
  const { removed: _, ...people } = rows();
  return {
    outcome: "ok",
    shape: null,
    dry_run: dryRun,
    users: { ...people, deactivated: 0, reactivated: 0, postponed: 0 },
    portfolios: rows(),
    assets: rows(),
    configs: rows(),
    orphans: 0,
    suspicious: null,
    failures: [],
    problems: [],
  };
}

/** Names a row that was left out. */
export function addProblem(report: DirectoryReport, table: string, id: string | undefined, problem: string): void {
  if (report.problems.length >= MAX_PROBLEMS) return;
  const shown = id === undefined ? "(without id)" : id.replace(/[^\x20-\x7e]/g, "?").slice(0, 60);
  report.problems.push(`${table} ${shown}: ${problem}`);
}

/** Outcome and sentence of a copy that is over. */
export function concludeReport(report: DirectoryReport): DirectoryReport {
  const [failure] = report.failures;
  const { users, portfolios, assets, configs } = report;
  const tables = [users, portfolios, assets, configs];
  const skipped = tables.reduce((sum, each) => sum + each.skipped, 0);
  const conflicts = tables.reduce((sum, each) => sum + each.conflicts, 0);
  const sentence =
    (failure && `${failure.table} could not be read (${failure.code}): ${failure.message}`) ??
    report.suspicious ??
    (skipped + conflicts > 0 ? `${skipped} rows with bad values and ${conflicts} conflicts were left out.` : undefined);
  if (sentence === undefined) return report;
  return { ...report, outcome: report.shape === null ? "failed" : "partial", message: sentence };
}
