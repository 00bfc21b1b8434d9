import { EXIT, type ExitCode, exitCodeOfRun, worstExitCode } from "../jobs/exit-codes.ts";
import type { RunView } from "../jobs/runtime.ts";
import { errorCode } from "../kit/errors.ts";
import { SettingsError } from "../settings.ts";
import type { House } from "./house.ts";

/**
 * `RUN_ONCE`: every enabled job (or the named ones) once, now, due or not, one after the other. Resolves with the worst
 * outcome's exit code. Errors: `SettingsError` for a job that does not exist.
 */
export async function runOnce({ jobs, settings, log }: House): Promise<ExitCode> {
  await jobs.start({ scheduler: false });
  const known = await jobs.status({ runs: 0 });
  const names =
    settings.runOnce === true
      ? known.filter(({ enabled }) => enabled).map(({ job_name }) => job_name)
      : settings.runOnce || [];
  const unknown = names.filter((name) => !known.some(({ job_name }) => job_name === name));
  if (unknown.length > 0) {
    const remedy = `Jobs are ${known.map(({ job_name }) => job_name).join(", ")}.`;
    throw new SettingsError([{ variable: "RUN_ONCE", problem: `there is no job ${unknown.join(", ")}`, remedy }]);
  }
  const codes: ExitCode[] = [];
  for (const name of names) {
    const run = await runStarted(jobs, name);
    codes.push(run ? exitCodeOfRun(run) : EXIT.interrupted);
    if (!run || run.outcome === "interrupted") break;
  }
  const worst = worstExitCode(codes);
  log.info("run_once.end", `RUN_ONCE ends with exit code ${worst}.`, { exit_code: worst, jobs: names });
  return worst;
}

/** The run when it has ended; undefined when the operator ended the process before it began. */
async function runStarted(jobs: House["jobs"], name: string): Promise<RunView | undefined> {
  try {
    const { id } = await jobs.runNow(name, { trigger: "startup" });
    return await jobs.waitForRun(id);
  } catch (thrown) {
    if (errorCode(thrown) === "shutting_down") return undefined;
    throw thrown;
  }
}
