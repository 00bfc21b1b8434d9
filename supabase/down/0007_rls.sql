do $$ declare p record; begin
  for p in select policyname, tablename, schemaname from pg_policies
   where format('%I.%I', schemaname, tablename)::regclass in (
     'public.tenants'::regclass, 'public.tenant_user_identifiers'::regclass, 'public.accounts'::regclass,
     'public.lock_audit'::regclass, 'public.audit_logs'::regclass, 'public.dlq_permanent_failures'::regclass
   )
  loop
    execute format('drop policy %I on %I.%I', p.policyname, p.schemaname, p.tablename);
  end loop;
end $$;

do $$ declare t text; begin
  foreach t in array array['tenants', 'tenant_user_identifiers', 'accounts', 'lock_audit', 'audit_logs', 'dlq_permanent_failures', 'ops_usage_samples'] loop
    execute format('revoke all on public.%I from authenticated, service_role, app_runtime', t);
    execute format('alter table public.%I no force row level security', t);
    execute format('alter table public.%I disable row level security', t);
  end loop;
end $$;
revoke all on sequence public.audit_logs_id_seq, public.lock_audit_id_seq from service_role;
alter table app.schema_migrations disable row level security;
