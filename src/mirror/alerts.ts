import { statement } from "../db/index.ts";
import type { AlertBook } from "../jobs/alerts.ts";
import { minutes } from "../kit/duration.ts";
import type { MirrorParts } from "./mirror.ts";
import { SUPABASE_PEER } from "./remote/peer.ts";
import { loadMirrorStatus } from "./status.ts";

const LAG_LIMIT_SECONDS = minutes(15) / 1_000;

/** `mirror.lag`, `mirror.blocked`, `dead_letters.parked` (concordance 7). */
export async function judgeMirror({ db, streams, settings, clock }: MirrorParts, book: AlertBook): Promise<void> {
  const uploads = settings.enableSupabaseUpload;
  const status = await loadMirrorStatus({ db, streams, enabled: true, uploads, now: clock.now() });
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
  await judgeParked({ db }, book);
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

/** What an earlier configuration raised says nothing while the mirror is off. */
export async function clearMirrorAlerts({ streams }: MirrorParts, book: AlertBook): Promise<void> {
  await book.clear("mirror.lag");
  await book.clear("mirror.blocked", SUPABASE_PEER);
  for (const { name } of streams)
    for (const rule of ["mirror.blocked", "mirror.count_mismatch"]) await book.clear(rule, name);
}
