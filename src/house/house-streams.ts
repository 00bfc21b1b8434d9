import { MIRROR_DRAIN } from "../mirror/job-names.ts";
import type { RowStream } from "../mirror/stream.ts";

/** The mirror's own deliveries are no part of what it delivers: each would owe the next one. */
const OTHER_JOBS = (row: string) => `${row}.job_name <> '${MIRROR_DRAIN}'`;

/** What Supabase gets of the house itself. */
export const houseStreams: readonly RowStream[] = [
  {
    kind: "rows",
    name: "tenants",
    table: "tenants",
    key: ["tenant_id"],
    columns: {
      tenant_id: "text",
      name: "text",
      status: "text",
      timezone: "text",
      business_hours_start: "integer",
      business_hours_end: "integer",
      settings: "json",
      source: "text",
      created_at: "instant",
      updated_at: "instant",
    },
    owedBy: [{ table: "tenants" }],
    writers: [],
    unknownColumns: "block",
  },
  {
    kind: "rows",
    name: "audit_logs",
    table: "audit_logs",
    key: ["uid"],
    columns: {
      uid: "text",
      occurred_at: { kind: "instant", sql: "t.created_at" },
      event_type: { kind: "text", sql: "t.action" },
      actor: "text",
      tenant_id: "text",
      severity: { kind: "text", sql: "'info'" },
      resource: { kind: "text", sql: "t.entity" },
      entity_id: "text",
      details: "json",
      correlation_id: "text",
      ip_hash: "text",
    },
    owedBy: [{ table: "audit_logs", also: ["created_at", "action", "entity"] }],
    writers: [],
    unknownColumns: "block",
  },
  {
    kind: "rows",
    name: "job_runs",
    table: "job_runs",
    where: OTHER_JOBS("t"),
    key: ["uid"],
    columns: {
      uid: "text",
      job_name: "text",
      subject: "text",
      trigger: "text",
      attempt: "integer",
      slot_at: "instant",
      params: "json",
      start_time: "instant",
      end_time: "instant",
      status: "text",
      outcome: "text",
      tickers_processed: "integer",
      errors_count: "integer",
      log_data: "json",
      created_at: "instant",
    },
    owedBy: [
      {
        table: "job_runs",
        keys: (row) => ({ values: [`${row}.uid`], where: OTHER_JOBS(row) }),
      },
    ],
    writers: [],
    unknownColumns: "block",
  },
];
