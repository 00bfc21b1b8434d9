import type { Database } from "../../../db/index.ts";
import type { DataSource } from "../../../db/schema/market.ts";
import type { Clock } from "../../../kit/clock.ts";
import { days, minutes } from "../../../kit/duration.ts";
import { VigiaError } from "../../../kit/errors.ts";
import type { Logger } from "../../../kit/log.ts";
import { createSnapshotStore } from "../../../market/snapshot-store.ts";
import type { HttpClient } from "../../../net/client.ts";
import { type Answer, assembleContext } from "./assemble-context.ts";
import { cryptoIndexFeed } from "./crypto-index.ts";
import type { Feed, FeedName, Reading } from "./feed.ts";
import { createFredFeeds } from "./fred.ts";
import type { MarketContext } from "./market-context.ts";
import { SAMPLE_SOURCE, sampleReadings } from "./sample-readings.ts";
import { loadReadings, type StoredReading, saveReading } from "./snapshots.ts";
import { stockIndexFeed } from "./stock-index.ts";

interface ContextOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  settings: { fredApiKey?: string | undefined };
  dataSource: DataSource;
}

export interface ContextSource {
  /**
   * The market's context now. A source that fails is shown as `fallback`, with its last good answer while that is usable,
   * else null; it never rejects for a source, only on abort and for the database. Without `http` nothing is called. `now`
   * is the clock's unless given: a look back sees what was stored then.
   */
  load(http: HttpClient | undefined, signal: AbortSignal, now?: Date): Promise<MarketContext>;
}

/** A source that failed is left alone for so long: cycles come every 15 minutes and must not wait for it each time. */
const FAILURE_PAUSE_MS = minutes(30);

/**
 * Fear and greed of stocks and coins, and macro figures, by where prices come from: `yahoo` calls the sources at once and
 * stores what they say, `csv` shows only what is stored, `sample` makes figures up and says so. What was stored lately
 * is used without a call, also after a restart.
 */
export function createContextSource({ db, clock, log, settings, dataSource }: ContextOptions): ContextSource {
  const feeds = [stockIndexFeed, cryptoIndexFeed, ...createFredFeeds(settings.fredApiKey)];
  const store = createSnapshotStore(db);
  const pausedUntilMs = new Map<FeedName, number>();

  async function answer(feed: Feed, stored: StoredReading | undefined, call: Call | undefined): Promise<Answer> {
    const { source, name } = feed;
    const last = { source, reading: stored?.reading ?? null, fallback: true };
    if (stored && dataSource === "yahoo" && isFresh(feed, stored, clock.now())) return { ...last, fallback: false };
    if (!call) return last;
    const address = feed.address(call.now);
    if (address === null || clock.monotonicMs() < (pausedUntilMs.get(name) ?? 0)) return last;
    const fetched = await fetchReading(feed, address, call);
    if ("reading" in fetched) {
      await saveReading(store, feed, fetched.reading, call.now);
      return { source, reading: fetched.reading, fallback: false };
    }
    pausedUntilMs.set(name, clock.monotonicMs() + FAILURE_PAUSE_MS);
    const instead = stored
      ? `its answer of ${stored.fetchedAt.toISOString()} is shown`
      : "nothing is shown in its place";
    log.warn("source.failed", `${fetched.problem} The market's context has no ${name}: ${instead}.`, {
      source,
      figure: name,
    });
    return last;
  }

  return {
    async load(http, signal, now = clock.now()) {
      signal.throwIfAborted();
      if (dataSource === "sample") return assembleContext(sampleAnswers(now));
      const stored = await loadReadings(store, feeds, now);
      const call = dataSource === "yahoo" && http ? { http, signal, now } : undefined;
      const answers = await settleAll(feeds.map((feed) => answer(feed, stored.get(feed.name), call)));
      const byName = Object.fromEntries(feeds.map(({ name }, index) => [name, answers[index]!]));
      return assembleContext(byName as Record<FeedName, Answer>);
    },
  };
}

interface Call {
  http: HttpClient;
  signal: AbortSignal;
  now: Date;
}

/** What the source says now, or a sentence about why that is not known. Rejects only on abort. */
async function fetchReading(
  feed: Feed,
  address: string,
  { http, signal, now }: Call,
): Promise<{ reading: Reading } | { problem: string }> {
  try {
    const reading = feed.read(await http.call(feed.peer, { url: address, kind: feed.name, signal }), now);
    if (reading === null) return { problem: `${feed.source} sent nothing that can be read as ${feed.name}.` };
    if (isOfNow(feed, reading, now)) return { reading };
    return { problem: `${feed.source} gave a ${feed.name} of ${reading.timestamp.slice(0, 10)}, which is not of now.` };
  } catch (thrown) {
    signal.throwIfAborted();
    // Only messages of our own errors are shown: others may hold addresses with keys.
    return { problem: thrown instanceof VigiaError ? thrown.message : `${feed.source} could not be read.` };
  }
}

/** A source may be stuck, and the clock may be set back; a day of the future is a matter of time zones. */
function isOfNow({ oldestReadingMs }: Feed, { timestamp }: Reading, now: Date): boolean {
  const ageMs = now.getTime() - Date.parse(timestamp);
  return ageMs >= -days(1) && ageMs <= oldestReadingMs;
}

/** Not when it was fetched later than now: the clock may be set back. */
function isFresh({ freshForMs }: Feed, { fetchedAt }: StoredReading, now: Date): boolean {
  const ageMs = now.getTime() - fetchedAt.getTime();
  return ageMs >= 0 && ageMs < freshForMs;
}

/** All of them, or the first rejection once none is under way any more. */
async function settleAll<Value>(promises: readonly Promise<Value>[]): Promise<Value[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function sampleAnswers(now: Date): Record<FeedName, Answer> {
  const answers = [...sampleReadings(now)].map(([name, reading]) => [
    name,
    { source: SAMPLE_SOURCE, reading, fallback: false },
  ]);
  return Object.fromEntries(answers) as Record<FeedName, Answer>;
}
