-- Organisations, what identifies them to the outside, and the people who log in.

create table public.tenants (
  -- Filled here and used by nobody: every tenant_id column, claim and log field carries the slug.
  id uuid not null default gen_random_uuid(),
  tenant_id text collate "C" not null,
  name text not null,
  status text not null default 'active',
  timezone text,
  business_hours_start smallint,
  business_hours_end smallint,
  settings jsonb not null default '{}',
  source text not null default 'local',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint tenants_pkey primary key (id),
  constraint tenants_tenant_id_key unique (tenant_id),
  constraint tenants_slug check (tenant_id ~ '^[a-z0-9][a-z0-9_-]{1,49}$'),
  constraint tenants_name_length check (char_length(name) between 2 and 200),
  constraint tenants_status check (status in ('active', 'inactive')),
  constraint tenants_hours_start check (business_hours_start between 0 and 23),
  constraint tenants_hours_end check (business_hours_end between 0 and 24),
  constraint tenants_source check (source in ('sample', 'local'))
);
comment on table public.tenants is 'vigia T: an organisation that owns data';

create table public.tenant_user_identifiers (
  id uuid not null default gen_random_uuid(),
  tenant_id text collate "C" not null references public.tenants (tenant_id) on delete cascade,
  kind text collate "C" not null,
  identifier text collate "C" not null,
  created_at timestamptz not null default now(),
  constraint tenant_user_identifiers_pkey primary key (id),
  constraint tenant_user_identifiers_kind_identifier_key unique (kind, identifier),
  constraint tenant_user_identifiers_kind check (kind in ('phone_number_id', 'phone', 'email', 'bsuid'))
);
comment on table public.tenant_user_identifiers is 'vigia T: telephone number, address or mailbox by which a tenant is known';

create table public.accounts (
  id uuid not null,
  tenant_id text collate "C" not null references public.tenants (tenant_id) on delete cascade,
  email text not null,
  email_norm text not null,
  full_name text,
  role text not null,
  is_active boolean not null default true,
  -- auth.users.id; no foreign key, so that deleting the login there never holds the row up here.
  auth_user_id uuid,
  last_login_at timestamptz,
  password_changed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint accounts_pkey primary key (id),
  -- Deferred: two people may swap addresses within one batch.
  constraint accounts_email_norm_key unique (email_norm) deferrable initially deferred,
  constraint accounts_auth_user_id_key unique (auth_user_id) deferrable initially deferred,
  constraint accounts_role check (role in ('admin', 'analyst', 'viewer'))
);
comment on table public.accounts is 'vigia T: someone who logs in; credentials stay out of here';

-- The mirror (service_role) brings the local stamp; other writers get one.
create trigger tenants_updated_at before update on public.tenants
  for each row when (current_user <> 'service_role') execute function app.touch_updated_at();
create trigger accounts_updated_at before update on public.accounts
  for each row when (current_user <> 'service_role') execute function app.touch_updated_at();

-- The only question that may be asked before a tenant is known.
create function app.resolve_tenant(p_kind text, p_identifier text) returns text
  language sql stable security definer set search_path = '' as $$
  select i.tenant_id from public.tenant_user_identifiers i
    join public.tenants t on t.tenant_id = i.tenant_id
   where i.kind = p_kind and i.identifier = p_identifier and t.status = 'active' $$;
revoke all on function app.resolve_tenant(text, text) from public;
grant execute on function app.resolve_tenant(text, text) to app_runtime;
