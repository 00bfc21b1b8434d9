-- schema: public
-- These tables are the customer's: whose positions are analysed, and what they hold. The product only reads them.
-- They are made where they are absent; one that exists is never altered, and its access is left as it is. A project whose
-- people are in profiles has its directory there: it gets none of the other shape.

do $$ begin
  if to_regclass('public.users') is null and to_regclass('public.profiles') is null then
    create table public.users (
      user_id uuid primary key,
      email text,
      first_name text,
      last_name text,
      active boolean not null default true,
      created_at timestamptz not null default now()
    );
    comment on table public.users is 'vigia directory: people whose positions are analysed';
    alter table public.users enable row level security;
    alter table public.users force row level security;
    revoke all on public.users from anon, authenticated, public;
    grant select, insert, update, delete on public.users to service_role;
    grant select on public.users to authenticated;
    create policy users_read_own on public.users for select to authenticated using (user_id = (select auth.uid()));
  end if;
end $$;

do $$ begin
  if to_regclass('public.portfolios') is null and to_regclass('public.profiles') is null then
    create table public.portfolios (
      portfolio_id uuid primary key default gen_random_uuid(),
      user_id uuid not null,
      portfolio_name text not null,
      description text
    );
    comment on table public.portfolios is 'vigia directory: portfolios of users';
    create index idx_portfolios_user_id on public.portfolios (user_id);
    alter table public.portfolios enable row level security;
    alter table public.portfolios force row level security;
    revoke all on public.portfolios from anon, authenticated, public;
    grant select, insert, update, delete on public.portfolios to service_role;
    grant select on public.portfolios to authenticated;
    create policy portfolios_read_own on public.portfolios for select to authenticated
      using (user_id = (select auth.uid()));
  end if;
end $$;

do $$ begin
  if to_regclass('public.assets') is null and to_regclass('public.profiles') is null then
    create table public.assets (
      asset_id uuid primary key default gen_random_uuid(),
      portfolio_id uuid not null,
      asset_symbol text not null,
      quantity double precision,
      acquisition_price double precision
    );
    comment on table public.assets is 'vigia directory: what a portfolio holds';
    create index idx_assets_portfolio_id on public.assets (portfolio_id);
    alter table public.assets enable row level security;
    alter table public.assets force row level security;
    revoke all on public.assets from anon, authenticated, public;
    grant select, insert, update, delete on public.assets to service_role;
    grant select on public.assets to authenticated;
    -- Portfolios that existed before may be of any shape; where theirs does not fit, nobody reads assets by this policy.
    begin
      create policy assets_read_own on public.assets for select to authenticated
        using (portfolio_id in (select p.portfolio_id from public.portfolios p where p.user_id = (select auth.uid())));
    exception when undefined_table or undefined_column or undefined_function then
      raise notice 'assets: no policy for readers, because portfolios has another shape';
    end;
  end if;
end $$;

do $$ begin
  if to_regclass('public.portfolio_config') is null then
    create table public.portfolio_config (
      user_id uuid primary key,
      portfolio_tickers jsonb,
      scan_sp500 boolean not null default true,
      scan_crypto boolean not null default true,
      max_candidates integer not null default 10,
      constraint portfolio_config_max check (max_candidates between 0 and 100)
    );
    comment on table public.portfolio_config is 'vigia directory: what a user wants of the shared scan';
    alter table public.portfolio_config enable row level security;
    alter table public.portfolio_config force row level security;
    revoke all on public.portfolio_config from anon, authenticated, public;
    grant select, insert, update, delete on public.portfolio_config to service_role;
    grant select, update on public.portfolio_config to authenticated;
    create policy portfolio_config_read_own on public.portfolio_config for select to authenticated
      using (user_id = (select auth.uid()));
    create policy portfolio_config_update_own on public.portfolio_config for update to authenticated
      using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
  end if;
end $$;
