import type { HouseEvent } from "../jobs/events.ts";
import { type Api, ApiError } from "./api.ts";
import { applyProgress, type Connection, groupHistory, type House, runningRun, UNKNOWN_HOUSE } from "./house.ts";
import { drainJobOf, MIRROR_DRAIN } from "./mirror.ts";
import { watchMirror } from "./mirror-watcher.ts";
import { createPacedStore } from "./paced-store.ts";
import { lastCycleOf, PORTFOLIO_CYCLE, readPortfolio } from "./portfolio.ts";
import { readServerSentEvents, type ServerSentEvent } from "./server-sent-events.ts";
import type { Sleep } from "./time-limit.ts";
import { createWants, type Want } from "./wants.ts";
import { jobEventWire, progressEventWire, systemEventWire } from "./wire.ts";

export interface HouseWatcher {
  /** The same object until something changes; changes are told at most four times a second. */
  get(): House;
  subscribe(listener: () => void): () => void;
  /** The mirror's screen is open: its state is read more often, and its dead letters too. */
  watchMirrorClosely(closely: boolean): void;
  /** The operator has changed something of the mirror. */
  refreshMirror(): void;
  stop(): void;
}

const STORE_SPACING_MS = 250;
/** Least time between two reads of the state, however many events come. */
const READ_SPACING_MS = 1_000;
/** Without events the state is read this often. */
const POLL_MS = 5_000;
/** With events a read now and then makes up for one that was lost. */
const LIVE_POLL_MS = 60_000;
/** A stream without even a heartbeat for this long is taken for dead. */
const SILENCE_MS = 90_000;
const BACKOFF_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
/** Calendar days of scores behind a sparkline of twenty sessions. */
const HISTORY_DAYS = 40;

const ALL: readonly Want[] = ["status", "scores", "portfolio"];

/** What each event makes worth reading again; progress is applied as it is. A cycle that has ended shows in the status. */
const WANTED_BY: Record<Exclude<HouseEvent["type"], "system">, readonly Want[]> = {
  "run.started": ["status"],
  "run.progress": [],
  "run.finished": ["status", "scores"],
  "slot.skipped": ["status"],
  "job.changed": ["status"],
  "alert.firing": ["status"],
  "alert.resolved": ["status"],
};

/** The same for the events of the systems, by the type inside. */
const WANTED_BY_SYSTEM: Partial<Record<string, readonly Want[]>> = {
  "scores.updated": ["status", "scores"],
  "portfolio.updated": ["status", "portfolio"],
};

/** Keeps a picture of the house: reads it, listens for events, reads again what they touch, and goes on when the server is away. */
export function watchHouse({ api, now, sleep }: { api: Api; now: () => Date; sleep: Sleep }): HouseWatcher {
  const stopping = new AbortController();
  const signal = stopping.signal;
  const store = createPacedStore<House>(UNKNOWN_HOUSE, { spacingMs: STORE_SPACING_MS, sleep, signal });
  const wants = createWants(ALL);
  let hearing = false;
  let answered = false;
  /** The newest date in the store when the scores were last read. */
  let scoresOfDate: string | null = null;
  /** The last cycle when the portfolio was last read. */
  let portfolioOfCycle: number | null = null;

  const mirror = watchMirror({
    ...{ api, now, sleep, signal },
    isDraining: () => {
      const drain = drainJobOf(store.get().status);
      return drain !== null && runningRun(drain) !== null;
    },
    onChange: (seen) => store.update((house) => ({ ...house, mirror: seen })),
  });
  void untilStopped(readForever);
  void untilStopped(listenForever);
  return {
    get: store.get,
    subscribe: store.subscribe,
    watchMirrorClosely: mirror.watchClosely,
    refreshMirror: mirror.wake,
    stop: () => stopping.abort(),
  };

  async function readForever(): Promise<void> {
    for (let failures = 0; ; ) {
      const wanted = wants.take();
      try {
        await readAll(wanted);
        failures = 0;
      } catch (error) {
        signal.throwIfAborted();
        for (const want of wanted) wants.add(want, { wake: false });
        failures++;
        answered = false;
        store.update((house) => ({ ...house, connection: lostConnection(house.connection, error) }));
      }
      await sleep(READ_SPACING_MS, signal);
      const pauseMs = failures > 0 ? backoff(failures) : hearing ? LIVE_POLL_MS : POLL_MS;
      await wants.waitForMore(pauseMs - READ_SPACING_MS, sleep, signal);
      wants.add("status");
    }
  }

  async function readAll(wanted: ReadonlySet<Want>): Promise<void> {
    const status = await api.fetchStatus(signal);
    store.update((house) => ({ ...house, status, statusAtMs: now().getTime() }));
    const date = status.data.latest_analysis_date;
    if (wanted.has("scores") || date !== scoresOfDate) await readScores();
    scoresOfDate = date;
    const cycle = lastCycleOf(status);
    if (wanted.has("portfolio") || cycle !== portfolioOfCycle) {
      const portfolio = await readPortfolio(api, signal);
      store.update((house) => ({ ...house, portfolio }));
    }
    portfolioOfCycle = cycle;
    answered = true;
    store.update((house) => ({ ...house, connection: goodConnection() }));
  }

  async function readScores(): Promise<void> {
    const scores = await api.fetchScores(signal);
    store.update((house) => ({ ...house, scores, scoresKnown: true, scoresAtMs: now().getTime() }));
    const to = scores?.analysis_date ?? null;
    if (to === null) return;
    const history = groupHistory(await api.fetchHistory({ from: daysBefore(to, HISTORY_DAYS), to }, signal));
    store.update((house) => ({ ...house, histories: history }));
  }

  async function listenForever(): Promise<void> {
    let lastEventId: string | null = null;
    for (let failures = 0; ; ) {
      try {
        const body = await api.openEvents(lastEventId, signal);
        hear(true);
        if (failures > 0) {
          for (const want of ALL) wants.add(want);
          mirror.wake();
        }
        failures = 0;
        for await (const event of readUntilSilent(body)) {
          lastEventId = event.id;
          takeEvent(event);
        }
        // A server that goes away ends its streams first: a read finds out which it was.
        wants.add("status");
      } catch {
        signal.throwIfAborted();
        if (failures > 0 || !hearing) hear(false);
        wants.add("status", { wake: failures === 0 });
      }
      failures++;
      await sleep(backoff(failures), signal);
    }
  }

  async function* readUntilSilent(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
    const silence = new AbortController();
    let heardAt = now().getTime();
    const watch = async () => {
      while (now().getTime() - heardAt < SILENCE_MS) await sleep(SILENCE_MS, silence.signal);
      silence.abort(new Error("the event stream fell silent"));
    };
    watch().catch(() => {});
    try {
      yield* readServerSentEvents(body, AbortSignal.any([signal, silence.signal]), () => {
        heardAt = now().getTime();
      });
    } finally {
      silence.abort();
    }
  }

  function takeEvent({ event, data }: ServerSentEvent): void {
    if (event === "run.progress") takeProgress(data);
    for (const want of wantedBy(event, data)) wants.add(want);
    if (touchesMirror(event, data)) mirror.wake();
  }

  function takeProgress(data: string): void {
    const parsed = progressEventWire.safeParse(parseJson(data));
    if (!parsed.success) return;
    store.update((house) => {
      const status = house.status && applyProgress(house.status, parsed.data);
      return status === house.status ? house : { ...house, status, statusAtMs: now().getTime() };
    });
  }

  function hear(isHearing: boolean): void {
    hearing = isHearing;
    if (!answered) return;
    store.update((house) =>
      house.connection.state === goodConnection().state ? house : { ...house, connection: goodConnection() },
    );
  }

  function goodConnection(): Connection {
    return { state: hearing ? "live" : "polling" };
  }

  function lostConnection(before: Connection, error: unknown): Connection {
    const state = error instanceof ApiError && (error.status === 401 || error.status === 403) ? "denied" : "offline";
    const sinceMs = "sinceMs" in before ? before.sinceMs : now().getTime();
    return { state, sinceMs, reason: reasonOf(error) };
  }

  async function untilStopped(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** `reset` (some events were missed) and types of a newer server may mean anything. */
function wantedBy(type: string, data: string): readonly Want[] {
  if (type === "run.finished" && jobOf(data) === PORTFOLIO_CYCLE) return ["status"];
  if (type !== "system") return WANTED_BY[type as Exclude<HouseEvent["type"], "system">] ?? ALL;
  const parsed = systemEventWire.safeParse(parseJson(data));
  return (parsed.success && WANTED_BY_SYSTEM[parsed.data.event]) || ALL;
}

/** A drain that begins, ends or is held back, and events that were missed. Its progress is followed by reading more often. */
const touchesMirror = (type: string, data: string): boolean =>
  type === "reset" || (["run.started", "run.finished", "job.changed"].includes(type) && jobOf(data) === MIRROR_DRAIN);

function jobOf(data: string): string | null {
  const parsed = jobEventWire.safeParse(parseJson(data));
  return parsed.success ? parsed.data.job : null;
}

const backoff = (failures: number): number => BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? POLL_MS;

/** Errors of connections carry addresses and codes that say more to machines than to people. */
const reasonOf = (error: unknown): string => (error instanceof ApiError ? error.message : "no answer");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function daysBefore(date: string, days: number): string {
  const ms = Date.parse(`${date}T00:00:00Z`) - days * 86_400_000;
  return Number.isNaN(ms) ? date : new Date(ms).toISOString().slice(0, 10);
}
