import type { RowStream } from "../stream.ts";

/** Its own letters are not among its rows: a refusal of one would be the next one. */
const NAME = "dlq_permanent_failures";

const belongs = (row: string): string =>
  `${row}.parked_at is not null and not (${row}.queue = 'mirror' and ${row}.subject = '${NAME}')`;

/** Letters that were given up once, as the failures that O 4.3 wants to see on the other side. */
export const dlqStream: RowStream = {
  kind: "rows",
  name: NAME,
  table: "dead_letters",
  where: belongs("t"),
  key: ["id"],
  columns: {
    id: "text",
    tenant_id: "text",
    channel: {
      kind: "text",
      sql: "case when t.queue in ('mirror', 'erp', 'job') then t.queue else t.channel end",
    },
    message_id: {
      kind: "text",
      sql: "case when t.queue in ('mirror', 'erp', 'job') then t.subject || ' ' || t.key else t.key end",
    },
    error_type: "text",
    error_message: { kind: "text", sql: "substr(t.message, 1, 2000)" },
    retry_count: { kind: "integer", sql: "t.attempts" },
    payload: "json",
    correlation_id: "text",
    first_failed_at: "instant",
    last_retry_at: { kind: "instant", sql: "t.last_failed_at" },
    created_at: { kind: "instant", sql: "t.parked_at" },
    resolved_at: "instant",
    resolution: { kind: "text", sql: "case when t.resolution = 'delivered' then 'replayed' else t.resolution end" },
  },
  owedBy: [
    {
      table: "dead_letters",
      columns: ["state", "attempts", "message", "payload_sha256", "last_failed_at", "parked_at", "resolved_at"],
      keys: (row) => ({ values: [`${row}."id"`], where: belongs(row) }),
    },
  ],
  writers: [],
  unknownColumns: "block",
};
