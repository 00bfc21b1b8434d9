import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { instant, json, jsonValid, oneOf } from "../columns.ts";

export const OBJECT_STATES = ["delivered", "skipped", "failed"] as const;
export const DEAD_LETTER_QUEUES = ["mirror", "erp", "inbound", "outbound", "job"] as const;
export const DEAD_LETTER_STATES = ["open", "parked", "resolved", "discarded"] as const;

export type ObjectState = (typeof OBJECT_STATES)[number];
export type DeadLetterQueue = (typeof DEAD_LETTER_QUEUES)[number];
export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];

/**
 * Rows that the mirror owes to Supabase, noted by triggers. One row for each key however often it changed; a key whose row is
 * gone by the time of its delivery is a deletion.
 */
export const outbox = sqliteTable(
  "outbox",
  {
    stream: text("stream").notNull(),
    /** JSON array of the conflict key's values. */
    key: text("key").notNull(),
    /**
     * Change number: grows with every change while its stream owes anything, and begins again once it owes nothing. It tells
     * whether there was a newer change since a delivery began, and stands for no content.
     */
    seq: integer("seq").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.stream, table.key] }),
    index("outbox_stream_seq").on(table.stream, table.seq),
  ],
);

/** What the mirror remembers of a stream. */
export const mirrorStreams = sqliteTable(
  "mirror_streams",
  {
    stream: text("stream").primaryKey(),
    /** Fingerprint of where every row was owed to; another one owes all again. Null until then. */
    destination: text("destination"),
    paused: integer("paused", { mode: "boolean" }).notNull().default(false),
    /** Why nothing is sent until a person has acted. */
    blockedReason: text("blocked_reason"),
    blockedCode: text("blocked_code"),
    blockedAt: instant("blocked_at"),
    /** When a blocked stream is tried with one batch again. */
    probeAt: instant("probe_at"),
    /** Deliveries in a row that ended because the table failed by itself; a few of them block the stream. */
    failures: integer("failures").notNull().default(0),
    /** Null: as the settings say. */
    batchRows: integer("batch_rows"),
    /** Batches accepted since the size last changed. */
    batchesAccepted: integer("batches_accepted").notNull().default(0),
    /** Columns that the other side does not know, left out until it does. */
    droppedColumns: json<string[]>("dropped_columns").notNull().default(sql`'[]'`),
    /** Not later than the first change that is still owed; null when nothing is. */
    owedSince: instant("owed_since"),
    lastDeliveredAt: instant("last_delivered_at"),
    rowsDelivered: integer("rows_delivered").notNull().default(0),
    lastError: text("last_error"),
    /** Last count of both sides, and the last comparison of all keys. */
    checkedAt: instant("checked_at"),
    localCount: integer("local_count"),
    remoteCount: integer("remote_count"),
    reconciledAt: instant("reconciled_at"),
  },
  () => [check("mirror_streams_dropped_json", jsonValid("dropped_columns"))],
);

/** What lies in Storage, as far as we know: one row for each object. */
export const mirrorObjects = sqliteTable(
  "mirror_objects",
  {
    /** Path within the bucket. */
    objectKey: text("object_key").primaryKey(),
    stream: text("stream").notNull(),
    /** Key of the unit that the object belongs to, as in the outbox. */
    unit: text("unit").notNull(),
    /** Of the text that was accepted last; null when none was. */
    sha256: text("sha256"),
    state: text("state", { enum: OBJECT_STATES }).notNull(),
    error: text("error"),
    deliveredAt: instant("delivered_at"),
  },
  (table) => [
    index("mirror_objects_unit").on(table.stream, table.unit),
    check("mirror_objects_state", oneOf("state", OBJECT_STATES)),
  ],
);

/** Work that was refused and waits for its next try, or for a person. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    id: text("id").primaryKey(),
    tenantId: text("tenant_id"),
    queue: text("queue", { enum: DEAD_LETTER_QUEUES }).notNull(),
    /** Of a message: `whatsapp`, `gmail`. */
    channel: text("channel"),
    /** Stream, entity or conversation. */
    subject: text("subject").notNull(),
    key: text("key").notNull(),
    errorType: text("error_type").notNull(),
    code: text("code"),
    message: text("message").notNull(),
    payload: json<unknown>("payload"),
    payloadSha256: text("payload_sha256"),
    /** Tries that failed. */
    attempts: integer("attempts").notNull().default(1),
    nextTryAt: instant("next_try_at"),
    state: text("state", { enum: DEAD_LETTER_STATES }).notNull().default("open"),
    /** How it ended: `delivered`, `replayed`, `discarded`. */
    resolution: text("resolution"),
    correlationId: text("correlation_id"),
    firstFailedAt: instant("first_failed_at").notNull(),
    lastFailedAt: instant("last_failed_at").notNull(),
    /** When it was first given up; such a letter is mirrored as `dlq_permanent_failures`. */
    parkedAt: instant("parked_at"),
    resolvedAt: instant("resolved_at"),
  },
  (table) => [
    uniqueIndex("dead_letters_one_open")
      .on(table.queue, table.subject, table.key)
      .where(sql`"state" in ('open', 'parked')`),
    index("dead_letters_state").on(table.queue, table.state, table.nextTryAt),
    check("dead_letters_queue", oneOf("queue", DEAD_LETTER_QUEUES)),
    check("dead_letters_state_known", oneOf("state", DEAD_LETTER_STATES)),
    check("dead_letters_payload_json", jsonValid("payload")),
  ],
);
