-- Extensions that reports and searches use; no table depends on one.
-- Those that were here before are written down, so that the way back leaves them.

create table app.extensions_before (name text primary key);
alter table app.extensions_before enable row level security;
insert into app.extensions_before
  select extname from pg_extension where extname in ('pg_stat_statements', 'pgcrypto', 'pg_trgm', 'uuid-ossp');

create schema if not exists extensions;
create extension if not exists pg_stat_statements with schema extensions;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists pg_trgm with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;

-- Search by name (flag search.fuzzy). Made here and not in 0006: an extension that was here before may live in any
-- schema, which only dynamic SQL can name, and that cannot build concurrently.
do $$ begin
  execute format(
    'create index idx_tenants_name_trgm on public.tenants using gin (name %I.gin_trgm_ops)',
    (select extnamespace::regnamespace::text from pg_extension where extname = 'pg_trgm')
  );
end $$;
