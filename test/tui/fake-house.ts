import type { HouseEvent } from "../../src/jobs/events.ts";
import type { JobStatus, RunLogLine, RunView } from "../../src/jobs/runtime.ts";
import type { ApiFetch } from "../../src/tui/index.ts";

export const NOON = "2024-03-08T12:00:00.000Z";
const after = (minutes: number): string => new Date(Date.parse(NOON) + minutes * 60_000).toISOString();

export function aRun(fields: Partial<RunView> = {}): RunView {
  return {
    id: 40,
    uid: "0190",
    job_name: "daily_analysis",
    trigger: "cron",
    attempt: 1,
    slot_at: after(-360),
    start_time: after(-360),
    end_time: after(-359),
    duration_seconds: 12.3,
    status: "completed",
    outcome: "ok",
    tickers_processed: 15,
    errors_count: 0,
    progress: { done: 15, total: 15, item: null, eta_seconds: null },
    retry_at: null,
    params: null,
    log_data: null,
    ...fields,
  };
}

export const aRunningRun = (fields: Partial<RunView> = {}): RunView =>
  aRun({
    id: 41,
    status: "running",
    outcome: null,
    start_time: after(-1),
    end_time: null,
    duration_seconds: null,
    progress: { done: 3, total: 15, item: "GGAL", eta_seconds: 24 },
    ...fields,
  });

export function aJob(fields: Partial<JobStatus> = {}): JobStatus {
  const runs = fields.runs ?? [aRun()];
  return {
    job_name: "daily_analysis",
    system: "recommendations",
    about: "Rates every ticker.",
    enabled: true,
    paused: false,
    public: true,
    cron: "0 6 * * *",
    timezone: "UTC",
    next_run: after(18 * 60),
    running: false,
    last_run: runs[0] ?? null,
    last_success_at: after(-359),
    consecutive_failures: 0,
    ...fields,
    runs,
  };
}

export const aScore = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  analysis_date: "2024-03-08",
  ticker: "GGAL",
  company_name: "Grupo Financiero Galicia",
  recommendation: "COMPRAR",
  total_score: 72.5,
  confidence: 81.4,
  coverage: 0.8,
  technical_score: 70,
  current_price: 25.5,
  target_price: 29,
  currency: "USD",
  risk_level: "medium",
  summary: "Tendencia alcista",
  bar_date: "2024-03-08",
  data_source: "csv",
  ...fields,
});

export const aCandidate = (rank: number, fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  rank,
  symbol: `SYM${rank}`,
  radar: "Mercado Lateral",
  score: 70 - rank,
  metrics: { precio: 100 + rank },
  ...fields,
});

export const aScan = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  market: "sp500",
  as_of: "2024-03-07",
  data_source: "csv",
  regime: { regime: "LATERAL", confidence: 40, benchmark: "^GSPC", price: 5123.69 },
  radars_used: "Radar 5 (Mercado Lateral)",
  scanned: 500,
  skipped: ["ABC", "DEF"],
  candidates: [aCandidate(1), aCandidate(2)],
  ...fields,
});

export const aResult = (user: string, fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  user_id: user,
  state: "ok",
  symbols: 6,
  failed_symbols: 0,
  files_changed: 4,
  error: null,
  ...fields,
});

/** A cycle that ended at 11:58, with these results. */
export function aCycle(results: Record<string, unknown>[], fields: Record<string, unknown> = {}) {
  const count = (state: string) => results.filter((result) => result.state === state).length;
  return {
    run_id: 30,
    outcome: count("failed") > 0 ? "partial" : "ok",
    users_processed: results.length,
    successful: results.length - count("failed"),
    failed: count("failed"),
    started_at: after(-3),
    timestamp: after(-2),
    details: { empty: count("empty"), files_changed: 12, data_source: "csv" },
    results,
    ...fields,
  };
}

export const aCycleJob = (fields: Partial<JobStatus> = {}): JobStatus => {
  const run = aRun({ id: 30, job_name: "portfolio_cycle" });
  return aJob({ job_name: "portfolio_cycle", system: "portfolio", next_run: after(30), runs: [run], ...fields });
};

/** Closes of 60 sessions that rise by one a session, to `last`. */
export const risingTo = (last: number): number[] => Array.from({ length: 60 }, (_, index) => last - 59 + index);

export const aStream = (stream: string, fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  stream,
  kind: "rows",
  state: "idle",
  owed: 0,
  lag_seconds: null,
  dead_letters: 0,
  blocked_reason: null,
  dropped_columns: [],
  batch_rows: null,
  rows_delivered: 5_000,
  last_delivered_at: after(-10),
  last_error: null,
  checked_at: after(-570),
  local_count: 5_000,
  remote_count: 5_000,
  reconciled_at: null,
  ...fields,
});

/** A mirror that is on, with what its streams add up to. */
export function aMirror(streams: Record<string, unknown>[] = [aStream("recommendations")], fields = {}) {
  const owed = streams.map(({ stream, owed: count }) => [stream as string, count as number] as const);
  const sum = (name: string) => streams.reduce((all, stream) => all + ((stream[name] as number | null) ?? 0), 0);
  return {
    enabled: true,
    paused: false,
    owed: sum("owed"),
    owed_by_table: Object.fromEntries(owed.filter(([, count]) => count > 0)),
    dead_letters: sum("dead_letters"),
    lag_seconds: Math.max(0, ...streams.map((stream) => (stream.lag_seconds as number | null) ?? 0)),
    last_run: {
      run_id: 60,
      outcome: "ok" as string | null,
      started_at: after(-11),
      ended_at: after(-10),
      units: 1_240,
      progress: { done: 1_240, total: 1_240, item: null },
    },
    streams,
    ...fields,
  };
}

export const aLetter = (id: string, fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  id,
  queue: "mirror",
  channel: null,
  subject: "recommendations",
  key: '["2024-03-08","GGAL"]',
  error_type: "rejected",
  code: "23514",
  message: "new row violates check constraint",
  attempts: 2,
  state: "open",
  resolution: null,
  next_try_at: after(360),
  first_failed_at: after(-60),
  last_failed_at: after(-1),
  parked_at: null,
  resolved_at: null,
  correlation_id: null,
  payload_sha256: null,
  ...fields,
});

export const aDrainJob = (fields: Partial<JobStatus> = {}): JobStatus => {
  const run = aRun({ id: 60, job_name: "mirror_drain", start_time: after(-11), end_time: after(-10) });
  return aJob({
    job_name: "mirror_drain",
    system: "mirror",
    cron: "* * * * *",
    next_run: after(0.5),
    runs: [run],
    ...fields,
  });
};

/** A mirror with every kind of trouble, in more streams than any screen holds. */
export const aTroubledMirror = (): Pick<FakeState, "mirror" | "letters"> => ({
  mirror: aMirror([
    ...Array.from({ length: 30 }, (_, index) =>
      aStream(`table_number_${index}`, { state: "owed", owed: 1_000 - index, lag_seconds: 720 }),
    ),
    aStream("job_runs", {
      state: "blocked",
      owed: 12_345,
      lag_seconds: 7_200,
      blocked_reason: "migrations pending: there is no table job_runs. Run `vigia db migrate`.",
    }),
    aStream("recommendations", { dead_letters: 60 }),
    aStream("company_profiles", {
      state: "owed",
      owed: 3,
      lag_seconds: 90,
      last_error: "Supabase did not answer within 120 s.",
      dropped_columns: ["color", "weight"],
    }),
    aStream("audit_log", { state: "paused", owed: 7, lag_seconds: 60 }),
    aStream("portfolio_files", { kind: "objects", state: "off" }),
  ]),
  letters: [
    ...Array.from({ length: 50 }, (_, index) => aLetter(`open-${index}`, { key: `["2024-03-08","TK${index}"]` })),
    ...Array.from({ length: 10 }, (_, index) =>
      aLetter(`parked-${index}`, { key: `["2024-03-07","PK${index}"]`, state: "parked", next_try_at: null }),
    ),
  ],
});

/** More of everything than any screen holds. */
export const aFullPortfolio = (): Pick<FakeState, "scans" | "closes" | "cycle"> => ({
  scans: {
    sp500: aScan({ candidates: Array.from({ length: 40 }, (_, index) => aCandidate(index + 1)) }),
    crypto30: aScan({ regime: { regime: "TRANSICION", confidence: 100, benchmark: "BTC-USD", price: 133_437.08 } }),
  },
  closes: { "^GSPC": risingTo(5_123), "BTC-USD": risingTo(133_437), SYM1: risingTo(101), SYM2: risingTo(102) },
  cycle: aCycle(
    Array.from({ length: 150 }, (_, index) =>
      aResult(`5a3b1e00-0001-4000-8000-${String(index).padStart(12, "0")}`, {
        state: index % 40 === 9 ? "failed" : "ok",
        error: index % 40 === 9 ? `no prices of ${"ABCDEF ".repeat(30)}` : null,
      }),
    ),
  ),
});

export const aLogLine = (seq: number, fields: Partial<RunLogLine> = {}): RunLogLine => ({
  seq,
  at: after(0),
  level: "info",
  event: "ticker.rated",
  message: `line ${seq}`,
  fields: null,
  ...fields,
});

/** The server gives long logs in pages. */
const LOG_PAGE_LINES = 30;

/** What the fake server answers with; tests change it and emit events. */
export interface FakeState {
  jobs: JobStatus[];
  alerts: { rule: string; level: string; since: string; message: string }[];
  quotas: Record<string, { used: number; limit: number; resets_at: string }>;
  scores: Record<string, unknown>[] | null;
  dataSource: string;
  history: Record<string, unknown>[];
  logs: Record<number, RunLogLine[]>;
  scans: Partial<Record<string, Record<string, unknown>>>;
  closes: Record<string, number[]>;
  /** 403: the token may not read it. */
  cycle: ReturnType<typeof aCycle> | null | 403;
  /** 404: a house without the route. */
  mirror: ReturnType<typeof aMirror> | number;
  letters: Record<string, unknown>[];
  /** What a POST answers, by its path; by default that it was done. */
  answers: Record<string, { status: number; body: unknown }>;
  /** `down`: no connection. A number: that HTTP status for everything. `silent`: never an answer. */
  trouble: "none" | "down" | "silent" | "html" | number;
}

export interface FakeHouse {
  state: FakeState;
  fetch: ApiFetch;
  /** Paths asked for so far, without those of `posts`. */
  requests: string[];
  /** Paths of what was asked to be done. */
  posts: string[];
  emit(event: HouseEvent): void;
  /** Raw bytes on every open stream. */
  send(text: string): void;
  /** Ends or breaks every open stream. */
  dropStreams(error?: Error): void;
  readonly listeners: number;
}

export function createFakeHouse(changes: Partial<FakeState> = {}): FakeHouse {
  const state: FakeState = {
    jobs: [aJob()],
    alerts: [],
    quotas: { yahoo: { used: 120, limit: 500, resets_at: after(720) } },
    scores: [aScore()],
    dataSource: "csv",
    history: [aScore(), aScore({ analysis_date: "2024-03-07", total_score: 70.4 })],
    logs: {},
    scans: {},
    closes: {},
    cycle: null,
    mirror: 404,
    letters: [],
    answers: {},
    trouble: "none",
    ...changes,
  };
  const requests: string[] = [];
  const posts: string[] = [];
  const streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const send = (text: string) => {
    for (const stream of streams) stream.enqueue(new TextEncoder().encode(text));
  };
  let lastId = 0;

  const answer = (path: string): Response => {
    const url = new URL(path, "http://house");
    if (url.pathname === "/api/events") return openStream(streams);
    if (url.pathname === "/api/jobs/status") return Response.json(statusOf(state));
    if (url.pathname === "/api/recommendations/history") return Response.json({ items: state.history });
    if (url.pathname === "/api/recommendations/latest") return latestOf(state);
    if (url.pathname.startsWith("/api/radar/")) return scanOf(state, url);
    if (url.pathname === "/api/market/closes") return closesOf(state, url);
    if (url.pathname === "/api/portfolio/cycles/latest") return cycleOf(state, url);
    if (url.pathname === "/api/mirror/status") return mirrorOf(state);
    if (url.pathname === "/api/dead-letters") return lettersOf(state, url);
    return runOf(state, url);
  };

  return {
    state,
    requests,
    posts,
    async fetch(path, init) {
      (init?.method === "POST" ? posts : requests).push(path);
      if (state.trouble === "down") throw new TypeError("Unable to connect");
      if (state.trouble === "silent") return new Promise<Response>(() => {});
      if (state.trouble === "html") return new Response("<html>gateway</html>");
      if (state.trouble !== "none") return Response.json({ detail: "no" }, { status: state.trouble });
      if (init?.method !== "POST") return answer(path);
      const { status, body } = state.answers[path] ?? { status: 200, body: { letters: 1, run_id: 77 } };
      return Response.json(body, { status });
    },
    emit(event) {
      // As the server writes it: a system's own event is `system`, with its type and data inside.
      const shown = event.type === "system" ? { ...event, event: event.event.type, data: event.event.data } : event;
      send(`id: ${++lastId}\nevent: ${event.type}\ndata: ${JSON.stringify(shown)}\n\n`);
    },
    send,
    dropStreams(error) {
      for (const stream of streams) error ? stream.error(error) : stream.close();
      streams.clear();
    },
    get listeners() {
      return streams.size;
    },
  };
}

function openStream(streams: Set<ReadableStreamDefaultController<Uint8Array>>): Response {
  let own: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      own = controller;
      streams.add(own);
    },
    cancel: () => void streams.delete(own),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function statusOf({ jobs, alerts, quotas, scores }: FakeState) {
  const date = scores?.[0]?.analysis_date ?? null;
  return {
    scheduler: { running: true },
    jobs,
    data: { latest_analysis_date: date, age_seconds: date ? 3630 : null, rows: scores?.length ?? 0 },
    quotas,
    alerts,
  };
}

function latestOf({ scores, dataSource }: FakeState): Response {
  if (!scores) return Response.json({ detail: "no analysis", code: "no_analysis_yet" }, { status: 404 });
  const date = scores[0]?.analysis_date ?? "2024-03-08";
  return Response.json({ analysis_date: date, data_source: dataSource, age_seconds: 3630, items: scores });
}

const nothing = (code: string): Response => Response.json({ detail: "nothing yet", code }, { status: 404 });

function scanOf({ scans }: FakeState, url: URL): Response {
  const scan = scans[/^\/api\/radar\/(\w+)\/latest$/.exec(url.pathname)?.[1] ?? ""];
  return scan ? Response.json(scan) : nothing("no_scan_yet");
}

function closesOf({ closes }: FakeState, url: URL): Response {
  const symbols = (url.searchParams.get("symbols") ?? "").split(",");
  if (symbols.length > 50) return Response.json({ detail: "too many" }, { status: 422 });
  const items = symbols.flatMap((symbol) => (closes[symbol] ? [{ symbol, closes: closes[symbol] }] : []));
  return Response.json({ data_source: "csv", items });
}

function cycleOf({ cycle }: FakeState, url: URL): Response {
  if (cycle === 403) return Response.json({ detail: "no" }, { status: 403 });
  if (!cycle) return nothing("no_cycle_yet");
  const state = url.searchParams.get("state");
  const results = cycle.results.filter((result) => state === null || result.state === state);
  return Response.json({ ...cycle, results: results.slice(0, Number(url.searchParams.get("limit"))) });
}

function mirrorOf({ mirror }: FakeState): Response {
  return typeof mirror === "number" ? Response.json({ detail: "no" }, { status: mirror }) : Response.json(mirror);
}

function lettersOf({ letters }: FakeState, url: URL): Response {
  const state = url.searchParams.get("state");
  const limit = Number(url.searchParams.get("limit"));
  if (url.searchParams.get("queue") !== "mirror" || limit > 200) return Response.json({}, { status: 422 });
  const items = letters.filter((letter) => letter.state === state).slice(0, limit);
  return Response.json({ items, next_cursor: null });
}

function runOf({ jobs, logs }: FakeState, url: URL): Response {
  const id = Number(/^\/api\/jobs\/runs\/(\d+)$/.exec(url.pathname)?.[1]);
  const run = jobs.flatMap((job) => job.runs).find((one) => one.id === id);
  if (!run) return Response.json({ detail: "unknown" }, { status: 404 });
  const afterSeq = Number(url.searchParams.get("after_seq"));
  const later = (logs[id] ?? []).filter((line) => line.seq > afterSeq);
  return Response.json({ ...run, logs: later.slice(0, LOG_PAGE_LINES) });
}
