-- What happened to holds on rooms.

create table public.lock_audit (
  id bigint generated always as identity primary key,
  uid text collate "C" not null,
  tenant_id text collate "C" not null,
  lock_key text not null,
  resource_id text not null,
  event_type text not null,
  holder_id text,
  fence bigint,
  details jsonb,
  acquired_at timestamptz not null default now(),
  constraint lock_audit_uid_key unique (uid),
  constraint lock_audit_event_type check (event_type in ('acquired', 'extended', 'released', 'expired', 'conflict'))
);
comment on table public.lock_audit is 'vigia Ta: what happened to holds on rooms';
