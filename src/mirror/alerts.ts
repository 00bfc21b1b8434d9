import { type Database, statement } from "../db/index.ts";
import type { AlertBook } from "../jobs/alerts.ts";
import { minutes } from "../kit/duration.ts";
import type { MirrorParts } from "./mirror.ts";
import { SUPABASE_PEER } from "./remote/peer.ts";
import { loadMirrorStatus } from "./status.ts";

const LAG_LIMIT_SECONDS = minutes(15) / 1_000;

/** `mirror.lag`, `mirror.blocked`, `dead_letters.parked` (concordance 7). */
export async function judgeMirror(parts: MirrorParts, book: AlertBook): Promise<void> {
  const status = await loadMirrorStatus(parts);
  const { lag_seconds: lagSeconds, owed, paused } = status;
  if (lagSeconds > LAG_LIMIT_SECONDS)
    await book.raise({
      rule: "mirror.lag",
      level: "warning",
      message: `Supabase is ${Math.round(lagSeconds / 60)} min behind: ${owed} keys are owed${paused ? ", and the mirror is paused" : ""}.`,
      value: lagSeconds,
      threshold: LAG_LIMIT_SECONDS,
    });
  else await book.clear("mirror.lag");
  for (const { stream, blocked_reason: reason } of status.streams)
    if (reason)
      await book.raise({
        rule: "mirror.blocked",
        subject: stream,
        level: "critical",
        message: `The mirror of ${stream} is blocked: ${reason}`,
      });
    else await book.clear("mirror.blocked", stream);
  await clearRemovedStreams(parts, book);
  await judgeParked(parts, book);
}

async function judgeParked({ db }: Pick<MirrorParts, "db">, book: AlertBook): Promise<void> {
  const [row] = (await db.read.all(
    statement("select count(*) as parked from dead_letters where queue = 'mirror' and state = 'parked'", []),
  )) as { parked: number }[];
  const parked = row?.parked ?? 0;
  if (parked === 0) return book.clear("dead_letters.parked", "mirror");
  await book.raise({
    rule: "dead_letters.parked",
    subject: "mirror",
    level: "warning",
    message: `${parked} rows were refused by Supabase at every try and wait for a person: vigia dead-letters list.`,
    value: parked,
  });
}

/** Alerts whose subject is a stream, or the project. */
const STREAM_RULES = ["mirror.blocked", "mirror.count_mismatch"];
const RULES = [...STREAM_RULES, "mirror.lag"];
/** Of all queues; the mirror's is their subject. */
const LETTER_RULES = ["dead_letters.parked", "dead_letters.growing"];

/** What an earlier configuration raised says nothing while the mirror is off. */
export async function clearMirrorAlerts(db: Database, book: AlertBook): Promise<void> {
  for (const { rule, subject } of await loadFiring(db, [...RULES, ...LETTER_RULES]))
    if (RULES.includes(rule) || subject === "mirror") await book.clear(rule, subject);
}

/** A stream that this version does not have any more can neither be blocked nor differ. */
async function clearRemovedStreams(
  { db, streams }: Pick<MirrorParts, "db" | "streams">,
  book: AlertBook,
): Promise<void> {
  for (const { rule, subject } of await loadFiring(db, STREAM_RULES))
    if (subject !== SUPABASE_PEER && !streams.some(({ name }) => name === subject)) await book.clear(rule, subject);
}

async function loadFiring(db: Database, rules: readonly string[]): Promise<{ rule: string; subject: string }[]> {
  return (await db.read.all(
    statement("select rule, subject from alerts where state = 'firing' and rule in (select value from json_each(?))", [
      JSON.stringify(rules),
    ]),
  )) as { rule: string; subject: string }[];
}
