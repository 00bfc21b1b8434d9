-- Runs of jobs. Local numbers of runs stay at home: uid crosses.

create table public.job_runs (
  uid text collate "C" not null,
  job_name text not null,
  subject text not null default '',
  trigger text not null,
  attempt integer not null default 1,
  slot_at timestamptz,
  params jsonb,
  start_time timestamptz not null,
  end_time timestamptz,
  status text not null,
  outcome text,
  -- Units written, whatever the job's unit is.
  tickers_processed integer not null default 0,
  errors_count integer not null default 0,
  log_data jsonb,
  created_at timestamptz not null,
  constraint job_runs_pkey primary key (uid),
  constraint job_runs_trigger check (trigger in ('cron', 'catchup', 'startup', 'retry', 'manual', 'backfill')),
  constraint job_runs_status check (status in ('running', 'completed', 'failed')),
  constraint job_runs_outcome check (outcome in ('ok', 'partial', 'failed', 'timed_out', 'cancelled', 'interrupted'))
);
comment on table public.job_runs is 'vigia X: runs of jobs';

create index idx_job_runs_job_start on public.job_runs (job_name, start_time desc);

alter table public.job_runs enable row level security;
alter table public.job_runs force row level security;
revoke all on public.job_runs from anon, authenticated, app_runtime, public;
grant select, insert, update, delete on public.job_runs to service_role;
