import { placeholders, statement, type Writer } from "../../db/index.ts";
import type { DeadLetterQueue } from "../../db/schema/mirror.ts";
import { sha256Hex } from "../../kit/hash.ts";
import type { Ids } from "../../kit/ids.ts";
import { computeNextTry } from "./schedule.ts";

/** Longer payloads would make the list of failures heavier than the data: their size and hash say enough. */
const LONGEST_PAYLOAD_BYTES = 64 * 1024;
const LONGEST_MESSAGE = 2_000;
/** Statements with more arguments are slow to prepare. */
const KEYS_PER_STATEMENT = 500;

/** Work that was refused. */
export interface NewDeadLetter {
  queue: DeadLetterQueue;
  /** Stream, entity or conversation. */
  subject: string;
  key: string;
  tenantId?: string | null;
  errorType: string;
  code: string;
  /** Without secrets. */
  message: string;
  /** What was sent, as JSON values; null for a deletion. */
  payload: unknown;
}

interface Stored {
  id: string;
  key: string;
  state: string;
  attempts: number;
  payloadSha256: string | null;
}

/**
 * Files work that was refused, all of one queue and subject: one open letter for each key, which counts its failures. What was
 * discarded is not filed again while it stays as it was. Returns the keys that were filed.
 */
export async function saveDeadLetters(
  tx: Writer,
  letters: readonly NewDeadLetter[],
  { ids, now }: { ids: Ids; now: Date },
): Promise<string[]> {
  const known = Map.groupBy(await loadKnown(tx, letters), ({ key }) => key);
  const filed: string[] = [];
  for (const letter of letters) {
    const payload = JSON.stringify(letter.payload ?? null);
    const hash = sha256Hex(payload);
    const same = known.get(letter.key) ?? [];
    const open = same.find(({ state }) => state === "open" || state === "parked");
    if (!open && same.some((past) => past.state === "discarded" && past.payloadSha256 === hash)) continue;
    const failed = { letter, payload: storedPayload(payload, hash), hash, now };
    if (open) await countFailure(tx, open, failed);
    else await insertLetter(tx, ids.uuid(), failed);
    filed.push(letter.key);
  }
  return filed;
}

async function loadKnown(tx: Writer, letters: readonly NewDeadLetter[]): Promise<Stored[]> {
  const known: Stored[] = [];
  for (let start = 0; start < letters.length; start += KEYS_PER_STATEMENT) {
    const part = letters.slice(start, start + KEYS_PER_STATEMENT);
    const { queue, subject } = part[0]!;
    const rows = await tx.all(
      statement(
        `select id, key, state, attempts, payload_sha256 as "payloadSha256" from dead_letters
          where queue = ? and subject = ? and state <> 'resolved' and key in ${placeholders(1, part.length)}`,
        [queue, subject, ...part.map(({ key }) => key)],
      ),
    );
    known.push(...(rows as Stored[]));
  }
  return known;
}

interface Failed {
  letter: NewDeadLetter;
  payload: string;
  hash: string;
  now: Date;
}

async function insertLetter(tx: Writer, id: string, { letter, payload, hash, now }: Failed): Promise<void> {
  const next = computeNextTry(1, letter.code, now);
  await tx.run(
    statement(
      `insert into dead_letters (id, tenant_id, queue, subject, key, error_type, code, message, payload, payload_sha256,
         attempts, next_try_at, state, first_failed_at, last_failed_at)
       values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, ?11, 'open', ?12, ?12)`,
      [
        id,
        letter.tenantId ?? null,
        letter.queue,
        letter.subject,
        letter.key,
        letter.errorType,
        letter.code,
        letter.message.slice(0, LONGEST_MESSAGE),
        payload,
        hash,
        next.state === "open" ? next.at.toISOString() : null,
        now.toISOString(),
      ],
    ),
  );
}

/** A parked letter stays parked: replaying it and failing again is no new beginning. */
async function countFailure(tx: Writer, open: Stored, { letter, payload, hash, now }: Failed): Promise<void> {
  const attempts = open.attempts + 1;
  const next = open.state === "parked" ? { state: "parked" as const } : computeNextTry(attempts, letter.code, now);
  await tx.run(
    statement(
      `update dead_letters set tenant_id = ?1, error_type = ?2, code = ?3, message = ?4, payload = ?5, payload_sha256 = ?6,
         attempts = ?7, next_try_at = ?8, state = ?9, last_failed_at = ?10,
         parked_at = case when ?9 = 'parked' then coalesce(parked_at, ?10) else parked_at end
       where id = ?11`,
      [
        letter.tenantId ?? null,
        letter.errorType,
        letter.code,
        letter.message.slice(0, LONGEST_MESSAGE),
        payload,
        hash,
        attempts,
        next.state === "open" ? next.at.toISOString() : null,
        next.state,
        now.toISOString(),
        open.id,
      ],
    ),
  );
}

function storedPayload(payload: string, hash: string): string {
  const bytes = Buffer.byteLength(payload);
  return bytes <= LONGEST_PAYLOAD_BYTES ? payload : JSON.stringify({ left_out: { bytes, sha256: hash } });
}
