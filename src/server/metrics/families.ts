/** A metric that dashboards and alert rules of the house rely on: present from the start, with value 0. */
export interface Family {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  labels?: readonly string[];
  /** Label values shown with 0 before anything happened. */
  zeros?: readonly Record<string, string>[];
  buckets?: readonly number[];
}

const each = (label: string, values: readonly string[]) => values.map((value) => ({ [label]: value }));

/** Seconds, from a fast local query to a slow remote one. */
const QUERY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
/** Seconds of a job's run, up to the longest time limit. */
const RUN_BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 1_800, 3_600, 10_800];

/** The names that the operations specification (section 9) asks for, those of parts not built yet included. */
const OPERATIONS: readonly Family[] = [
  {
    name: "postgres_connections_active",
    type: "gauge",
    help: "Postgres connections in use: by this process, and on the server.",
    labels: ["source"],
    zeros: each("source", ["pool", "server"]),
  },
  { name: "db_connections_active", type: "gauge", help: "Connections of the pool in use." },
  { name: "db_pool_waiting", type: "gauge", help: "Callers waiting for the database." },
  { name: "db_statement_timeouts_total", type: "counter", help: "Statements cut by the time limit." },
  {
    name: "db_query_duration_seconds",
    type: "histogram",
    help: "Duration of database work, waiting included.",
    labels: ["op"],
    zeros: each("op", ["write"]),
    buckets: QUERY_BUCKETS,
  },
  {
    name: "redis_cache_hits_total",
    type: "counter",
    help: "Cache lookups that found something.",
    labels: ["cache", "backend"],
    zeros: [{ cache: "default", backend: "memory" }],
  },
  {
    name: "redis_cache_misses_total",
    type: "counter",
    help: "Cache lookups that found nothing.",
    labels: ["cache", "backend"],
    zeros: [{ cache: "default", backend: "memory" }],
  },
  { name: "redis_fallback_active", type: "gauge", help: "1 while memory stands in for Redis." },
  {
    name: "tenant_resolution_total",
    type: "counter",
    help: "Tenants looked up for messages, by result.",
    labels: ["result"],
    zeros: each("result", ["hit", "default", "miss_strict", "inactive", "provided", "error"]),
  },
  { name: "tenants_active_total", type: "gauge", help: "Active tenants in the cache." },
  { name: "tenant_identifiers_cached_total", type: "gauge", help: "Tenant identifiers in the cache." },
  { name: "tenant_refresh_latency_seconds", type: "histogram", help: "Duration of a refresh of the tenant cache." },
  { name: "session_active_total", type: "gauge", help: "Conversations active within their time to live." },
  { name: "dependency_up", type: "gauge", help: "Last probe of a dependency.", labels: ["name"] },
  { name: "readiness_up", type: "gauge", help: "1 when the last readiness check was not `not_ready`." },
  { name: "readiness_last_check_timestamp", type: "gauge", help: "Unix time of the last readiness check." },
  {
    name: "feature_flag_enabled",
    type: "gauge",
    help: "State of a feature flag.",
    labels: ["flag"],
    zeros: each("flag", ["mirror.enabled"]),
  },
  {
    name: "mirror_rows_total",
    type: "counter",
    help: "Rows shipped by the mirror.",
    labels: ["table", "result"],
    zeros: [{ table: "all", result: "ok" }],
  },
  { name: "mirror_lag_seconds", type: "gauge", help: "Age of the oldest row that the mirror owes." },
  { name: "mirror_outbox_size", type: "gauge", help: "Rows that the mirror owes." },
  {
    name: "supabase_requests_total",
    type: "counter",
    help: "Own requests to Supabase.",
    labels: ["service"],
    zeros: each("service", ["rest", "storage", "auth", "sql"]),
  },
  {
    name: "supabase_bytes_total",
    type: "counter",
    help: "Own traffic with Supabase.",
    labels: ["service", "direction"],
    zeros: ["rest", "storage", "auth", "sql"].flatMap((service) =>
      ["in", "out"].map((direction) => ({ service, direction })),
    ),
  },
  { name: "supabase_database_size_bytes", type: "gauge", help: "Size of the remote database." },
  {
    name: "backup_last_success_timestamp",
    type: "gauge",
    help: "Unix time of the last backup.",
    labels: ["target"],
    zeros: each("target", ["local"]),
  },
  {
    name: "backup_last_verify_timestamp",
    type: "gauge",
    help: "Unix time of the last verified backup.",
    labels: ["target"],
    zeros: each("target", ["local"]),
  },
];

/** Base families: one source each, the others are views of them. */
const HOUSE: readonly Family[] = [
  { name: "job_runs_total", type: "counter", help: "Finished runs.", labels: ["job", "status", "outcome"] },
  {
    name: "job_duration_seconds",
    type: "histogram",
    help: "Duration of finished runs.",
    labels: ["job", "status"],
    buckets: RUN_BUCKETS,
  },
  { name: "job_units_written_total", type: "counter", help: "Units written by finished runs.", labels: ["job"] },
  {
    name: "job_last_success_timestamp",
    type: "gauge",
    help: "Unix time of a job's last good run; 0 = never.",
    labels: ["job"],
  },
  {
    name: "job_slots_skipped_total",
    type: "counter",
    help: "Due slots that did not run, by reason.",
    labels: ["job", "reason"],
  },
  {
    name: "http_client_requests_total",
    type: "counter",
    help: "Outgoing requests; `status` is a class, or `network`, `timeout`, `refused`.",
    labels: ["system", "peer", "kind", "status"],
  },
  {
    name: "http_client_retries_total",
    type: "counter",
    help: "Outgoing requests that repeated another.",
    labels: ["system", "peer", "kind"],
  },
  {
    name: "http_client_bytes_total",
    type: "counter",
    help: "Bytes of bodies sent and received, the latter after decompression.",
    labels: ["system", "peer", "kind"],
  },
  {
    name: "http_client_budget_used",
    type: "gauge",
    help: "Requests counted against today's budget.",
    labels: ["system", "peer"],
  },
  {
    name: "dead_letters_open",
    type: "gauge",
    help: "Open dead letters.",
    labels: ["queue"],
    zeros: each("queue", ["mirror", "erp", "inbound", "outbound", "job"]),
  },
  { name: "llm_calls_total", type: "counter", help: "Calls of a language model.", labels: ["system", "outcome"] },
  {
    name: "circuit_breaker_state",
    type: "gauge",
    help: "0 closed, 1 open or about to try again.",
    labels: ["peer"],
  },
  { name: "db_size_bytes", type: "gauge", help: "Size of the database file." },
  { name: "db_wal_bytes", type: "gauge", help: "Size of the write-ahead log." },
  { name: "db_write_errors_total", type: "counter", help: "Failed write transactions." },
  { name: "disk_free_bytes", type: "gauge", help: "Free space on the data directory's disk." },
  {
    name: "alerts_firing",
    type: "gauge",
    help: "Alerts that fire.",
    labels: ["level"],
    zeros: each("level", ["warning", "critical"]),
  },
  { name: "event_listeners", type: "gauge", help: "Open event streams." },
  {
    name: "legacy_requests_total",
    type: "counter",
    help: "Requests to deprecated routes.",
    labels: ["route"],
    zeros: each("route", ["none"]),
  },
];

export const FAMILIES: readonly Family[] = [...OPERATIONS, ...HOUSE];
