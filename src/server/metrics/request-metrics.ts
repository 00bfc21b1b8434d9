import type { Registry } from "prom-client";

/** Seconds; the API's own budget is 10 ms at the 99th percentile. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Methods that may be a label; whatever else a client invents is counted as OTHER. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** Route label of requests that no route took: raw paths are never labels. */
export const UNMATCHED = "unmatched";

interface RouteTotals {
  method: string;
  route: string;
  statuses: Map<number, number>;
  /** Observations per bucket, not cumulated; the last one is +Inf. */
  buckets: Float64Array;
  sum: number;
}

export interface RequestMetrics {
  observe(method: string, route: string, status: number, seconds: number): void;
}

/**
 * `http_requests_total` and `http_request_duration_seconds`. The client library hashes label objects on each
 * observation, which costs more than a cached answer does; so this counts in arrays and speaks the library's format
 * when it is scraped.
 */
export function createRequestMetrics(registry: Registry): RequestMetrics {
  const routes = new Map<string, Map<string, RouteTotals>>();
  const totals = (method: string, route: string): RouteTotals => {
    let methods = routes.get(route);
    if (!methods) {
      methods = new Map();
      routes.set(route, methods);
    }
    let found = methods.get(method);
    if (!found) {
      found = { method, route, statuses: new Map(), buckets: new Float64Array(BUCKETS.length + 1), sum: 0 };
      methods.set(method, found);
    }
    return found;
  };
  totals("GET", UNMATCHED).statuses.set(404, 0);
  const all = () => [...routes.values()].flatMap((methods) => [...methods.values()]);

  register(registry, "http_requests_total", "counter", "Requests answered.", () => all().flatMap(countValues));
  register(registry, "http_request_duration_seconds", "histogram", "Time until the answer.", () =>
    all().flatMap(histogramValues),
  );
  return {
    observe(method, route, status, seconds) {
      const found = totals(METHODS.has(method) ? method : "OTHER", route);
      found.statuses.set(status, (found.statuses.get(status) ?? 0) + 1);
      found.sum += seconds;
      let bucket = 0;
      while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket++;
      found.buckets[bucket]!++;
    },
  };
}

/** One sample in the client library's form. */
export interface Sample {
  value: number;
  labels: Record<string, string | number>;
  metricName?: string;
}

/** Adds a metric whose samples are computed when it is scraped. */
export function register(
  registry: Registry,
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  samples: () => Sample[] | Promise<Sample[]>,
): void {
  const metric = {
    name,
    help,
    type,
    get: async () => ({ name, help, type, values: await samples(), aggregator: "sum" }),
  };
  // The registry only ever asks a metric for its name and `get()`.
  registry.registerMetric(metric as unknown as Parameters<Registry["registerMetric"]>[0]);
}

const countValues = ({ method, route, statuses }: RouteTotals): Sample[] =>
  [...statuses].map(([status, value]) => ({ value, labels: { method, route, status_code: status } }));

function histogramValues({ method, route, buckets, sum }: RouteTotals): Sample[] {
  const metricName = "http_request_duration_seconds";
  const labels = { method, route };
  let count = 0;
  const samples: Sample[] = [...buckets].map((observed, index) => {
    count += observed;
    return { metricName: `${metricName}_bucket`, value: count, labels: { ...labels, le: BUCKETS[index] ?? "+Inf" } };
  });
  return [
    ...samples,
    { metricName: `${metricName}_sum`, value: sum, labels },
    { metricName: `${metricName}_count`, value: count, labels },
  ];
}
