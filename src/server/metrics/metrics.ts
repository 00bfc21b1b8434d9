/// <reference path="./prom-client-parts.d.ts" />
import Counter from "prom-client/lib/counter";
import Gauge from "prom-client/lib/gauge";
import Histogram from "prom-client/lib/histogram";
import Registry from "prom-client/lib/registry";
import { errorCode } from "../../kit/errors.ts";
import type { Logger } from "../../kit/log.ts";
import { FAMILIES, type Family } from "./families.ts";
import { createRequestMetrics, type RequestMetrics } from "./request-metrics.ts";
import { addView, type View } from "./view.ts";

type Labels = Record<string, string>;

/** One outgoing request, as the HTTP door's observer hears of it. */
export interface ClientCall {
  system: string;
  peer: string;
  kind: string;
  /** `2xx` … `5xx`, `network`, `timeout`, `refused`, … */
  statusClass: string;
  retries: number;
  bytes: number;
}

/** All figures of the process. Families have a name and labels of their own; systems add theirs with `declare`. */
export interface Metrics {
  readonly requests: RequestMetrics;
  /** Adds a family (or does nothing when it exists). */
  declare(family: Family): void;
  increment(name: string, labels?: Labels, by?: number): void;
  set(name: string, value: number, labels?: Labels): void;
  observe(name: string, seconds: number, labels?: Labels): void;
  /** Shows a histogram with these labels before its first observation. */
  zero(name: string, labels: Labels): void;
  /** Forgets the samples of a gauge, so that labels which are gone do not stay for ever. */
  reset(name: string): void;
  /** Shows a base family under another name. */
  view(view: View): void;
  /** Called before each scrape, all together; one that fails or hangs is logged and costs only its own figures. */
  collect(name: string, collector: () => Promise<void> | void): void;
  /** The database's `onWrite`. */
  observeWrite(durationMs: number, error: Error | undefined): void;
  /** The HTTP door's observer. */
  observeCall(call: ClientCall): void;
  /** Prometheus text 0.0.4. */
  render(): Promise<string>;
}

/** A scrape waits this long for one collector. */
const COLLECTOR_LIMIT_MS = 2_000;

export function createMetrics({ log }: { log: Logger }): Metrics {
  // Text 0.0.4, not OpenMetrics: some required gauges end in `_total`.
  const registry = new Registry();
  const families = new Map<string, Counter | Gauge | Histogram>();
  const collectors = new Map<string, () => Promise<void> | void>();
  const find = <Kind extends Counter | Gauge | Histogram>(name: string): Kind => {
    const family = families.get(name);
    if (!family) throw new Error(`Metric ${name} is not declared.`);
    return family as Kind;
  };
  const metrics: Metrics = {
    requests: createRequestMetrics(registry),
    declare: (family) => {
      if (!families.has(family.name)) families.set(family.name, build(registry, family));
    },
    increment: (name, labels = {}, by = 1) => find<Counter>(name).inc(labels, by),
    set: (name, value, labels = {}) => find<Gauge>(name).set(labels, value),
    observe: (name, seconds, labels = {}) => find<Histogram>(name).observe(labels, seconds),
    zero: (name, labels) => find<Histogram>(name).zero(labels),
    reset: (name) => find<Gauge>(name).reset(),
    view: (view) => addView(registry, view),
    collect: (name, collector) => void collectors.set(name, collector),
    observeWrite(durationMs, error) {
      metrics.observe("db_query_duration_seconds", durationMs / 1000, { op: "write" });
      if (error) metrics.increment("db_write_errors_total");
    },
    observeCall({ system, peer, kind, statusClass, retries, bytes }) {
      metrics.increment("http_client_requests_total", { system, peer, kind, status: statusClass });
      metrics.increment("http_client_retries_total", { system, peer, kind }, retries);
      metrics.increment("http_client_bytes_total", { system, peer, kind }, bytes);
    },
    async render() {
      await Promise.all([...collectors].map(([name, collector]) => runCollector(name, collector, log)));
      return registry.metrics();
    },
  };
  for (const family of FAMILIES) metrics.declare(family);
  return metrics;
}

function build(registry: Registry, { name, type, help, labels = [], zeros = [], buckets }: Family) {
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  if (type === "counter") {
    const counter = new Counter(options);
    for (const zero of zeros) counter.inc(zero, 0);
    return counter;
  }
  if (type === "gauge") {
    const gauge = new Gauge(options);
    for (const zero of zeros) gauge.set(zero, 0);
    return gauge;
  }
  const histogram = new Histogram(buckets ? { ...options, buckets: [...buckets] } : options);
  for (const zero of zeros) histogram.zero(zero);
  return histogram;
}

async function runCollector(name: string, collector: () => Promise<void> | void, log: Logger): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${COLLECTOR_LIMIT_MS} ms`)), COLLECTOR_LIMIT_MS);
  });
  try {
    await Promise.race([Promise.resolve().then(collector), limit]);
  } catch (failure) {
    log.warn("metrics.collector_failed", `The figures of ${name} could not be read.`, {
      collector: name,
      code: errorCode(failure),
      error: failure,
    });
  } finally {
    clearTimeout(timer);
  }
}
