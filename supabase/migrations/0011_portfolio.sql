-- Analyses and scans by the date of their data, and the signals told to users.

create table public.asset_analyses (
  symbol text collate "C" not null,
  period text collate "C" not null,
  "interval" text collate "C" not null,
  as_of date not null,
  profile text collate "C" not null,
  data_source text not null,
  recommendation text not null,
  priority text not null,
  price double precision not null,
  payload jsonb not null,
  computed_at timestamptz not null,
  constraint asset_analyses_pkey primary key (symbol, period, "interval", as_of, profile),
  constraint asset_analyses_interval check ("interval" in ('1d', '1wk')),
  constraint asset_analyses_source check (data_source in ('sample', 'csv', 'yahoo')),
  constraint asset_analyses_priority check (priority in ('LOW', 'MEDIUM', 'HIGH'))
);
comment on table public.asset_analyses is 'vigia S: analysis of one series by the date of its data';

create index idx_asset_analyses_as_of on public.asset_analyses (as_of desc);

create table public.radar_scans (
  market text collate "C" not null,
  as_of date not null,
  profile text collate "C" not null,
  data_source text not null,
  regime text not null,
  regime_info jsonb not null,
  radars_used text not null,
  scanned integer not null,
  skipped jsonb not null,
  universe_source text not null,
  universe_as_of date,
  scanned_at timestamptz not null,
  constraint radar_scans_pkey primary key (market, as_of, profile),
  constraint radar_scans_market check (market in ('sp500', 'crypto30')),
  constraint radar_scans_source check (data_source in ('sample', 'csv', 'yahoo'))
);
comment on table public.radar_scans is 'vigia S: one scan of a market';

create index idx_radar_scans_as_of on public.radar_scans (as_of desc);

create table public.radar_candidates (
  market text collate "C" not null,
  as_of date not null,
  profile text collate "C" not null,
  rank integer not null,
  symbol text not null,
  radar text not null,
  score double precision not null,
  metrics jsonb not null,
  constraint radar_candidates_pkey primary key (market, as_of, profile, rank),
  constraint radar_candidates_market check (market in ('sp500', 'crypto30'))
);
comment on table public.radar_candidates is 'vigia S: what a scan found, best first';

create index idx_radar_candidates_symbol on public.radar_candidates (symbol, as_of desc);

-- user_id is text as in the local store, where it may also be an id that no login of Supabase has.
create table public.portfolio_alerts (
  user_id text collate "C" not null,
  symbol text collate "C" not null,
  type text collate "C" not null,
  bar_date date not null,
  priority text not null,
  description text not null,
  recommendation text not null,
  price double precision not null,
  created_at timestamptz not null,
  delivered_at timestamptz,
  constraint portfolio_alerts_pkey primary key (user_id, symbol, type, bar_date),
  constraint portfolio_alerts_priority check (priority in ('LOW', 'MEDIUM', 'HIGH'))
);
comment on table public.portfolio_alerts is 'vigia U: signals in a user''s portfolio, each told once';

create index idx_portfolio_alerts_bar_date on public.portfolio_alerts (bar_date desc);

do $$ declare t text; begin
  foreach t in array array['asset_analyses', 'radar_scans', 'radar_candidates', 'portfolio_alerts'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('alter table public.%I force row level security', t);
    execute format('revoke all on public.%I from anon, authenticated, app_runtime, public', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('grant select on public.%I to authenticated', t);
  end loop;
  foreach t in array array['asset_analyses', 'radar_scans', 'radar_candidates'] loop
    execute format('create policy %I on public.%I for select to authenticated using (true)', t || '_read', t);
  end loop;
end $$;

-- Read only: the row equals the local one, so a user changes nothing here.
create policy portfolio_alerts_read_own on public.portfolio_alerts for select to authenticated
  using (user_id = (select auth.uid())::text);
