import { VigiaError } from "../kit/errors.ts";

/** The job already runs; `runId` says as which run. */
export class JobBusyError extends VigiaError {
  override readonly name = "JobBusyError";
  readonly runId: number;

  constructor(job: string, runId: number) {
    super("job_busy", `The job ${job} is already running as run ${runId}.`, {
      hint: "Wait until it ends, or cancel it.",
      retryable: true,
    });
    this.runId = runId;
  }
}
