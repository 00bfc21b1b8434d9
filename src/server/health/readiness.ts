import type { Clock } from "../../kit/clock.ts";
import { errorCode } from "../../kit/errors.ts";
import type { Logger } from "../../kit/log.ts";

/** Something that the process depends on, asked whether it works. */
export interface Probe {
  name: string;
  /** Whether the process cannot do its work without it. */
  critical: boolean;
  timeoutMs: number;
  /** Works or not; an error counts as not and goes to the log. */
  check(): Promise<boolean>;
}

export interface ReadinessReport {
  status: "ready" | "degraded" | "not_ready";
  dependencies: Record<string, boolean>;
  skipped: string[];
  checked_at: string;
}

export interface Readiness {
  check(): Promise<ReadinessReport>;
}

export interface ReadinessOptions {
  probes: readonly Probe[];
  clock: Clock;
  log: Logger;
  isShuttingDown: () => boolean;
  onReport?: (report: ReadinessReport) => void;
}

/** Order of the body, and everything that may be configured: what is not is `skipped`. */
const DEPENDENCIES = ["sqlite", "postgres", "redis", "storage", "pms", "scheduler"];
/** Results count this long, so that probing us does not load what we depend on. */
const CACHE_MS = 5_000;
/** Whatever a probe asks for, an answer leaves within 3 s. */
const MAX_PROBE_MS = 2_900;

/** Probes in parallel, one check at a time for all callers. */
export function createReadiness({ probes, clock, log, isShuttingDown, onReport }: ReadinessOptions): Readiness {
  const ordered = [...probes].sort((left, right) => rank(left.name) - rank(right.name));
  const skipped = DEPENDENCIES.filter((name) => !probes.some((probe) => probe.name === name));
  const runProbe = createProbeRunner(clock, log);
  let last: { report: ReadinessReport; atMs: number } | undefined;
  let checking: Promise<ReadinessReport> | undefined;

  const checkAll = async (): Promise<ReadinessReport> => {
    const results = await Promise.all(ordered.map(async (probe) => ({ probe, up: await runProbe(probe) })));
    const down = results.filter(({ up }) => !up);
    const critical = down.some(({ probe }) => probe.critical);
    const report: ReadinessReport = {
      status: critical ? "not_ready" : down.length > 0 ? "degraded" : "ready",
      dependencies: Object.fromEntries(results.map(({ probe, up }) => [probe.name, up])),
      skipped,
      checked_at: clock.now().toISOString(),
    };
    last = { report, atMs: clock.monotonicMs() };
    onReport?.(report);
    return report;
  };

  return {
    async check() {
      if (isShuttingDown()) return stopping(last?.report, skipped, clock.now());
      if (last && clock.monotonicMs() - last.atMs < CACHE_MS) return last.report;
      checking ??= checkAll().finally(() => {
        checking = undefined;
      });
      return checking;
    },
  };
}

const rank = (name: string): number => (DEPENDENCIES.includes(name) ? DEPENDENCIES.indexOf(name) : DEPENDENCIES.length);

const stopping = (last: ReadinessReport | undefined, skipped: string[], now: Date): ReadinessReport => ({
  status: "not_ready",
  dependencies: last?.dependencies ?? {},
  skipped,
  checked_at: now.toISOString(),
});

/** Runs a probe within its limit. One that still hangs from last time is not started again: it is down. */
function createProbeRunner(clock: Clock, log: Logger): (probe: Probe) => Promise<boolean> {
  const pending = new Map<string, Promise<boolean>>();
  return async (probe) => {
    const limitMs = Math.min(probe.timeoutMs, MAX_PROBE_MS);
    const giveUp = new AbortController();
    const attempt = pending.get(probe.name) ?? start(probe, pending, log);
    const limit = clock.sleep(limitMs, giveUp.signal).then(
      () => "late" as const,
      () => "late" as const,
    );
    const result = await Promise.race([attempt, limit]);
    giveUp.abort();
    if (result !== "late") return result;
    log.warn("readiness.probe_timeout", `The probe of ${probe.name} did not answer in ${limitMs} ms.`, {
      dependency: probe.name,
    });
    return false;
  };
}

function start(probe: Probe, pending: Map<string, Promise<boolean>>, log: Logger): Promise<boolean> {
  const attempt = Promise.resolve()
    .then(() => probe.check())
    .catch((failure: unknown) => {
      log.warn("readiness.probe_failed", `The probe of ${probe.name} failed.`, {
        dependency: probe.name,
        code: errorCode(failure),
        error: failure,
      });
      return false;
    })
    .finally(() => pending.delete(probe.name));
  pending.set(probe.name, attempt);
  return attempt;
}
