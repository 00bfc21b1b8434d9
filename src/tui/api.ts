import type { z } from "zod";
import type { MarketName } from "../db/schema/market.ts";
import { type DeadLetter, lettersWire, type MirrorStatus, mirrorStatusWire, problemWire } from "./mirror-wire.ts";
import { type Cycle, closesWire, cycleWire, type PriceSeries, type Scan, scanWire } from "./portfolio-wire.ts";
import { type Sleep, withTimeLimit } from "./time-limit.ts";
import {
  historyWire,
  type RunLog,
  runLogWire,
  type ScoreHistory,
  type Scores,
  type Status,
  scoresWire,
  statusWire,
} from "./wire.ts";

/** How the dashboard reaches the API: a path below the server's root, answered by the same process or over the network. */
export type ApiFetch = (path: string, init?: RequestInit) => Promise<Response>;

/** An answer that is not what was asked for. `status` is 0 when it was no HTTP answer. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface Api {
  fetchStatus(signal: AbortSignal): Promise<Status>;
  /** Null while there is no analysis yet. */
  fetchScores(signal: AbortSignal): Promise<Scores | null>;
  /** Scores of the dates `from`..`to` (YYYY-MM-DD), newest first. */
  fetchHistory(dates: { from: string; to: string }, signal: AbortSignal): Promise<ScoreHistory>;
  /** The newest scan of a market; null while there is none. */
  fetchScan(market: MarketName, signal: AbortSignal): Promise<Scan | null>;
  /** The last stored closes of symbols; only of those that have any. */
  fetchCloses(symbols: readonly string[], signal: AbortSignal): Promise<PriceSeries[]>;
  /** The portfolio cycle that ended last; null before the first. Only results of `state` when it is given. */
  fetchCycle(state: "failed" | null, signal: AbortSignal): Promise<Cycle | null>;
  fetchMirror(signal: AbortSignal): Promise<MirrorStatus>;
  /** What Supabase refused and is in `state`, newest first. */
  fetchDeadLetters(state: "open" | "parked", signal: AbortSignal): Promise<DeadLetter[]>;
  /** Asks the server to do something. Rejects with the server's own sentence where it refuses. */
  post<Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal): Promise<z.output<Schema>>;
  /** A run with its log lines after `afterSeq`. */
  fetchRunLog(runId: number, afterSeq: number, signal: AbortSignal): Promise<RunLog>;
  /** The event stream, from after `lastEventId` when the server still remembers it. */
  openEvents(lastEventId: string | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/** A local API answers in milliseconds and a remote one within a second or two. */
const TIME_LIMIT_MS = 10_000;

/** Runs per job in the status: the log screen steps through them. */
const RUNS_PER_JOB = 5;

/** Largest page of the history route: twenty dates of more than twenty tickers. */
const HISTORY_ROWS = 500;

/** Users' results in one answer: more than anybody scrolls through. */
const RESULT_ROWS = 200;

/** Most symbols that the closes route takes, and the bars of a sparkline. */
const CLOSES_SYMBOLS = 50;
const CLOSES_BARS = 60;

/** Largest page of the dead letters' route. */
const LETTER_ROWS = 200;

export function createApi(fetch: ApiFetch, sleep: Sleep): Api {
  const ask = async <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    { signal, ...init }: RequestInit & { signal: AbortSignal },
  ) =>
    withTimeLimit(TIME_LIMIT_MS, { sleep, signal }, async (limited) => {
      const headers = { accept: "application/json", ...init.headers };
      const response = await fetch(path, { ...init, signal: limited, headers });
      return parse(response, `${init.method ?? "GET"} ${path}`, schema);
    });
  const read = <Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal) =>
    ask(path, schema, { signal });
  return {
    fetchStatus: (signal) => read(`/api/jobs/status?limit=${RUNS_PER_JOB}`, statusWire, signal),
    fetchScores: (signal) =>
      read("/api/recommendations/latest?format=envelope", scoresWire, signal).catch(unlessNothingYet),
    fetchHistory: async ({ from, to }, signal) => {
      const query = new URLSearchParams({ from, to, limit: String(HISTORY_ROWS) });
      return (await read(`/api/recommendations/history?${query}`, historyWire, signal)).items;
    },
    fetchScan: (market, signal) => read(`/api/radar/${market}/latest`, scanWire, signal).catch(unlessNothingYet),
    fetchCloses: async (symbols, signal) => {
      if (symbols.length === 0) return [];
      const wanted = symbols.slice(0, CLOSES_SYMBOLS).join(",");
      const query = new URLSearchParams({ symbols: wanted, bars: String(CLOSES_BARS) });
      const answer = await read(`/api/market/closes?${query}`, closesWire, signal).catch(unlessNothingYet);
      return answer?.items ?? [];
    },
    fetchCycle: (state, signal) => {
      const query = new URLSearchParams({ limit: String(RESULT_ROWS), ...(state === null ? {} : { state }) });
      return read(`/api/portfolio/cycles/latest?${query}`, cycleWire, signal).catch(unlessNothingYet);
    },
    fetchMirror: (signal) => read("/api/mirror/status", mirrorStatusWire, signal),
    fetchDeadLetters: async (state, signal) => {
      const query = new URLSearchParams({ queue: "mirror", state, limit: String(LETTER_ROWS) });
      return (await read(`/api/dead-letters?${query}`, lettersWire, signal)).items;
    },
    post: (path, schema, signal) =>
      ask(path, schema, { signal, method: "POST", headers: { "content-type": "application/json" }, body: "{}" }),
    fetchRunLog: (runId, afterSeq, signal) => read(`/api/jobs/runs/${runId}?after_seq=${afterSeq}`, runLogWire, signal),
    openEvents: async (lastEventId, signal) => {
      const headers = {
        accept: "text/event-stream",
        ...(lastEventId === null ? {} : { "last-event-id": lastEventId }),
      };
      // Only the opening has a time limit; the stream then lives until the caller's signal aborts.
      const opening = new AbortController();
      const init = { signal: AbortSignal.any([signal, opening.signal]), headers };
      const response = await withTimeLimit(TIME_LIMIT_MS, { sleep, signal }, () => fetch("/api/events", init)).catch(
        (error) => {
          opening.abort(error);
          throw error;
        },
      );
      if (!response.ok || !response.body) throw failure(response, "GET /api/events");
      return response.body;
    },
  };
}

/** 404: the server has nothing of the kind yet. */
function unlessNothingYet(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

async function parse<Schema extends z.ZodType>(response: Response, request: string, schema: Schema) {
  if (!response.ok) throw await refusal(response, request);
  const body = await response.json().catch((cause) => {
    throw new ApiError(response.status, `${request} did not answer with JSON`, { cause });
  });
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new ApiError(response.status, `${request} answered in an unknown shape`);
  return parsed.data;
}

/** What was asked to be done is refused in a sentence for people; for a read the status says enough. */
async function refusal(response: Response, request: string): Promise<ApiError> {
  if (request.startsWith("POST")) {
    const problem = problemWire.safeParse(await response.json().catch(() => undefined));
    if (problem.success) return new ApiError(response.status, problem.data.detail);
  } else await response.body?.cancel();
  return failure(response, request);
}

const failure = (response: Response, request: string) =>
  new ApiError(response.status, `${request} answered ${response.status}`);
