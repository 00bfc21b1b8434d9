import type { Outcome } from "../db/schema/jobs.ts";

export const EXIT = {
  ok: 0,
  failure: 1,
  partial: 2,
  /** A person must act. */
  blocked: 3,
  /** Of `vigia db status`: migrations are pending. */
  pending: 4,
  usage: 64,
  configuration: 78,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** From best to worst; the worst one of several runs is the command's. */
const SEVERITY: readonly ExitCode[] = [EXIT.ok, EXIT.partial, EXIT.failure, EXIT.interrupted, EXIT.blocked];

export function exitCodeOfRun(run: { outcome: Outcome | null; log_data: Record<string, unknown> | null }): ExitCode {
  if (run.log_data?.blocked_reason) return EXIT.blocked;
  if (run.outcome === "ok") return EXIT.ok;
  if (run.outcome === "partial") return EXIT.partial;
  if (run.outcome === "cancelled" || run.outcome === "interrupted") return EXIT.interrupted;
  return EXIT.failure;
}

export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  const rank = (code: ExitCode) => SEVERITY.indexOf(code);
  return codes.reduce<ExitCode>((worst, code) => (rank(code) > rank(worst) ? code : worst), EXIT.ok);
}
