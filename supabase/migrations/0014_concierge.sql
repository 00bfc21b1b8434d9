-- Conversations with guests (who they are is hashed, what they said stays at home) and reservations.

create table public.conversations (
  id text collate "C" not null,
  tenant_id text collate "C" not null references public.tenants (tenant_id) on delete cascade,
  channel text not null,
  -- Keyed hash of the guest's address on the channel.
  user_hash text not null,
  language text,
  state text not null,
  state_version integer not null default 0,
  hold_lock_id text,
  reservation_id text,
  failed_turns integer not null default 0,
  handoff_until timestamptz,
  last_inbound_at timestamptz,
  last_outbound_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint conversations_pkey primary key (id),
  constraint conversations_state check (state in ('idle', 'collecting', 'offering', 'holding', 'confirming', 'awaiting_payment', 'handoff'))
);
comment on table public.conversations is 'vigia T: where a conversation with a guest stands';

create index idx_conversations_tenant_user on public.conversations (tenant_id, channel, user_hash);

create table public.reservations (
  id text collate "C" not null,
  tenant_id text collate "C" not null references public.tenants (tenant_id) on delete cascade,
  code text not null,
  conversation_id text,
  status text not null,
  room_type_id text,
  room_name text,
  check_in date not null,
  check_out date not null,
  adults integer,
  children integer,
  -- Money in hundredths.
  total_minor bigint,
  deposit_minor bigint,
  currency text,
  guest_name text,
  email text,
  phone text,
  lock_id text,
  fence bigint,
  pms_type text,
  pms_id text,
  pms_reference text,
  idempotency_key text,
  attempts integer not null default 0,
  last_error text,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint reservations_pkey primary key (id),
  constraint reservations_status check (status in ('draft', 'held', 'pms_pending', 'pending_payment', 'confirmed', 'expired', 'cancelled', 'rejected', 'pms_unknown'))
);
comment on table public.reservations is 'vigia T: reservations and how far they have come';

create index idx_reservations_tenant_check_in on public.reservations (tenant_id, check_in);
create index idx_reservations_code on public.reservations (code);

do $$ declare t text; begin
  foreach t in array array['conversations', 'reservations'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('alter table public.%I force row level security', t);
    execute format('revoke all on public.%I from anon, authenticated, app_runtime, public', t);
    execute format('grant select, insert, update, delete on public.%I to service_role, app_runtime', t);
    execute format('grant select on public.%I to authenticated', t);
    execute format('create policy %I on public.%I for select to app_runtime using (tenant_id = (select app.current_tenant()))', t || '_rt_select', t);
    execute format('create policy %I on public.%I for insert to app_runtime with check (tenant_id = (select app.current_tenant()))', t || '_rt_insert', t);
    execute format('create policy %I on public.%I for update to app_runtime using (tenant_id = (select app.current_tenant())) with check (tenant_id = (select app.current_tenant()))', t || '_rt_update', t);
    execute format('create policy %I on public.%I for delete to app_runtime using (tenant_id = (select app.current_tenant()))', t || '_rt_delete', t);
    execute format('create policy %I on public.%I for select to authenticated using (tenant_id = (select app.jwt_tenant()) and (select app.jwt_role()) in (''admin'', ''analyst'', ''viewer''))', t || '_jwt_select', t);
  end loop;
end $$;
