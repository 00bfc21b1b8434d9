import { runningRun } from "./house.ts";
import type { Tone } from "./palette.ts";
import type { Job } from "./wire.ts";

const OUTCOME_TONES: Record<string, Tone> = {
  ok: "good",
  partial: "warn",
  failed: "bad",
  timed_out: "bad",
  cancelled: "warn",
  interrupted: "warn",
};

export const outcomeTone = (outcome: string | null): Tone => OUTCOME_TONES[outcome ?? ""] ?? "plain";

/** A job in one word, and how it looks: what goes on now, what holds it back, else how its last run ended. */
export function describeJob(job: Job): { word: string; tone: Tone } {
  if (runningRun(job) ?? job.running) return { word: "running", tone: "accent" };
  if (!job.enabled) return { word: "off", tone: "dim" };
  if (job.paused) return { word: "paused", tone: "warn" };
  if (!job.last_run) return { word: "never run", tone: "dim" };
  const { outcome } = job.last_run;
  const times = job.consecutive_failures > 1 ? ` x${job.consecutive_failures}` : "";
  return { word: `${outcome ?? "?"}${times}`, tone: outcomeTone(outcome) };
}

/** Nobody counts the seconds to what may come every minute; counted, it would keep the screen in motion for ever. */
export const runsEveryMinute = ({ cron }: Job): boolean => cron === "* * * * *";

/** The soonest moment at which one of the jobs that may run will, but for those of every minute; null for none. */
export function nextRunOf(jobs: readonly Job[]): number | null {
  const counted = jobs.filter((job) => job.enabled && !job.paused && !runsEveryMinute(job));
  const due = counted.flatMap((job) => (job.next_run === null ? [] : [job.next_run]));
  return due.length === 0 ? null : Math.min(...due);
}
