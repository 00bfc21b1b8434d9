-- Schema app, the role of tenant-scoped SQL, helper functions, the ledger and the audit log.
-- "vigia <class>" in a table's comment names its row-level-security class: T tenant, Ta append-only, To operations,
-- U user, S shared read, X server only. Keys of the mirror are text in collation "C": they sort as the local store sorts.

-- Roles belong to the cluster, so another database of it may have made this one already.
do $$ begin
  create role app_runtime nologin noinherit nobypassrls;
exception when duplicate_object or unique_violation then null;
end $$;
grant app_runtime to current_user;

create schema if not exists app;

-- Whoever applies the files keeps the ledger; a row is written in the transaction of its file.
create table if not exists app.schema_migrations (
  version text primary key,
  name text,
  checksum text,
  direction text,
  applied_at timestamptz,
  duration_ms integer,
  applied_by text,
  app_version text
);

-- Unset and empty both mean no tenant: a pooled connection reads back '' after its first use (never an open door).
create function app.current_tenant() returns text language sql stable set search_path = '' as
  $$ select nullif(current_setting('app.current_tenant_id', true), '') $$;

-- Only app_metadata authorises: people can edit their own user_metadata.
create function app.jwt_tenant() returns text language sql stable set search_path = '' as
  $$ select nullif(auth.jwt() -> 'app_metadata' ->> 'tenant_id', '') $$;
create function app.jwt_role() returns text language sql stable set search_path = '' as
  $$ select coalesce(auth.jwt() -> 'app_metadata' ->> 'role', 'none') $$;

create function app.touch_updated_at() returns trigger language plpgsql set search_path = '' as
  $$ begin new.updated_at := now(); return new; end $$;

revoke all on all functions in schema app from public;
grant usage on schema app to app_runtime, authenticated;
grant execute on function app.current_tenant() to app_runtime;
grant execute on function app.jwt_tenant(), app.jwt_role() to authenticated;

create table public.audit_logs (
  id bigint generated always as identity primary key,
  uid text collate "C" not null,
  occurred_at timestamptz not null,
  event_type text not null,
  actor text not null,
  -- No foreign key: what happened outlives the tenant.
  tenant_id text collate "C",
  severity text not null default 'info',
  resource text,
  entity_id text,
  details jsonb,
  correlation_id text,
  ip_hash text,
  constraint audit_logs_uid_key unique (uid),
  constraint audit_logs_severity check (severity in ('info', 'warning', 'error', 'critical'))
);
comment on table public.audit_logs is 'vigia Ta: who did what that changes something';

-- The schema that holds our tables, whatever its name is.
do $$ begin
  execute format(
    'grant usage on schema %s to app_runtime, authenticated, service_role',
    (select relnamespace::regnamespace from pg_class where oid = 'public.audit_logs'::regclass)
  );
end $$;
