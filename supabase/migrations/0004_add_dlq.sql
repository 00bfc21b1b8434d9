-- Work that failed for good, and samples of what the house uses.

create table public.dlq_permanent_failures (
  id uuid not null,
  tenant_id text collate "C",
  channel text not null,
  message_id text,
  error_type text,
  error_message text,
  retry_count integer not null default 0,
  payload jsonb,
  correlation_id text,
  first_failed_at timestamptz,
  last_retry_at timestamptz,
  created_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolution text,
  constraint dlq_permanent_failures_pkey primary key (id),
  constraint dlq_permanent_failures_channel check (channel in ('whatsapp', 'gmail', 'mirror', 'job', 'erp')),
  constraint dlq_permanent_failures_error_length check (char_length(error_message) <= 2000),
  constraint dlq_permanent_failures_resolution check (resolution in ('replayed', 'discarded'))
);
comment on table public.dlq_permanent_failures is 'vigia To: work that failed for good';

create table public.ops_usage_samples (
  sampled_at timestamptz not null,
  metric text collate "C" not null,
  value double precision not null,
  constraint ops_usage_samples_pkey primary key (metric, sampled_at)
);
comment on table public.ops_usage_samples is 'vigia X: samples of what the house uses';
