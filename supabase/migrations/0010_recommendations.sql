-- Daily recommendations, the analyses behind them, and how they did.
-- No foreign keys between them: a delivered row is never refused because the one above it waits in a dead letter.

create table public.daily_recommendations (
  analysis_date date not null,
  ticker text collate "C" not null,
  recommendation text not null,
  total_score double precision not null,
  confidence double precision not null,
  technical_score double precision,
  fundamental_score double precision,
  macro_score double precision,
  sentiment_score double precision,
  current_price double precision,
  target_price double precision,
  risk_level text,
  summary text,
  created_at timestamptz not null,
  company_name text,
  currency text,
  bar_date date,
  coverage double precision not null,
  scoring_profile text not null,
  data_source text not null,
  trigger text not null,
  job_run_uid text collate "C",
  revision integer not null default 1,
  updated_at timestamptz not null,
  constraint daily_recommendations_pkey primary key (analysis_date, ticker),
  constraint daily_recommendations_recommendation check (recommendation in ('COMPRAR', 'MANTENER', 'VENDER')),
  constraint daily_recommendations_risk_level check (risk_level in ('low', 'medium', 'high')),
  constraint daily_recommendations_profile check (scoring_profile in ('legacy-1', 'v2')),
  constraint daily_recommendations_data_source check (data_source in ('sample', 'csv', 'yahoo'))
);
comment on table public.daily_recommendations is 'vigia S: one recommendation per ticker and day';

create index idx_daily_recommendations_ticker_date on public.daily_recommendations (ticker, analysis_date desc);
create index idx_daily_recommendations_date_score on public.daily_recommendations (analysis_date desc, total_score desc);

create table public.analysis_details (
  analysis_date date not null,
  ticker text collate "C" not null,
  analysis_type text collate "C" not null,
  raw_data jsonb,
  indicators jsonb,
  score double precision,
  metadata jsonb not null,
  created_at timestamptz not null,
  constraint analysis_details_pkey primary key (analysis_date, ticker, analysis_type),
  constraint analysis_details_type check (analysis_type in ('technical', 'fundamental', 'macro', 'sentiment'))
);
comment on table public.analysis_details is 'vigia S: the four analyses behind a recommendation';

create table public.recommendation_outcomes (
  analysis_date date not null,
  ticker text collate "C" not null,
  horizon integer not null,
  bar_date date not null,
  start_price double precision not null,
  end_date date not null,
  end_price double precision not null,
  return_fraction double precision not null,
  benchmark text,
  benchmark_return double precision,
  excess_return double precision,
  hit boolean,
  computed_at timestamptz not null,
  constraint recommendation_outcomes_pkey primary key (analysis_date, ticker, horizon),
  constraint recommendation_outcomes_horizon check (horizon in (5, 20, 60))
);
comment on table public.recommendation_outcomes is 'vigia S: how a recommendation did after so many sessions';

do $$ declare t text; begin
  foreach t in array array['daily_recommendations', 'analysis_details', 'recommendation_outcomes'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('alter table public.%I force row level security', t);
    execute format('revoke all on public.%I from anon, authenticated, app_runtime, public', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('grant select on public.%I to authenticated', t);
    execute format('create policy %I on public.%I for select to authenticated using (true)', t || '_read', t);
  end loop;
end $$;
