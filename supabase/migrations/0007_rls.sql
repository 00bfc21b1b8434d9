-- Grants and row level security of the tables so far. Later files bring their own.
-- A statement names our tables only: the project may hold tables of its owner, whose access is theirs to decide.

do $$ declare t text; begin
  foreach t in array array['tenants', 'tenant_user_identifiers', 'accounts', 'lock_audit', 'audit_logs', 'dlq_permanent_failures', 'ops_usage_samples'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('alter table public.%I force row level security', t);
    execute format('revoke all on public.%I from anon, authenticated, app_runtime, public', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
  end loop;
end $$;
grant usage, select on sequence public.audit_logs_id_seq, public.lock_audit_id_seq to service_role;

-- Not forced: only the owner writes the ledger, and an owner without BYPASSRLS must still be able to.
alter table app.schema_migrations enable row level security;
revoke all on app.schema_migrations, app.extensions_before from anon, authenticated, service_role, public;

-- Class T: the tenant of the transaction, nobody else's.
do $$ declare t text; begin
  foreach t in array array['tenant_user_identifiers', 'accounts'] loop
    execute format('create policy %I on public.%I for select to app_runtime using (tenant_id = (select app.current_tenant()))', t || '_rt_select', t);
    execute format('create policy %I on public.%I for insert to app_runtime with check (tenant_id = (select app.current_tenant()))', t || '_rt_insert', t);
    execute format('create policy %I on public.%I for update to app_runtime using (tenant_id = (select app.current_tenant())) with check (tenant_id = (select app.current_tenant()))', t || '_rt_update', t);
    execute format('create policy %I on public.%I for delete to app_runtime using (tenant_id = (select app.current_tenant()))', t || '_rt_delete', t);
  end loop;
end $$;
create policy tenants_rt_select on public.tenants for select to app_runtime
  using (tenant_id = (select app.current_tenant()));
grant select on public.tenants to app_runtime;
grant select, insert, update, delete on public.tenant_user_identifiers, public.accounts to app_runtime;

create policy tenants_jwt_select on public.tenants for select to authenticated
  using (tenant_id = (select app.jwt_tenant()));
create policy accounts_jwt_select on public.accounts for select to authenticated
  using (tenant_id = (select app.jwt_tenant())
         and (auth_user_id = (select auth.uid()) or (select app.jwt_role()) = 'admin'));
grant select on public.tenants, public.accounts to authenticated;

-- Classes Ta and To: read and append; dead letters may also be settled.
do $$ declare t text; begin
  foreach t in array array['lock_audit', 'audit_logs', 'dlq_permanent_failures'] loop
    execute format('create policy %I on public.%I for select to app_runtime using (tenant_id = (select app.current_tenant()))', t || '_rt_select', t);
    execute format('create policy %I on public.%I for insert to app_runtime with check (tenant_id = (select app.current_tenant()))', t || '_rt_insert', t);
    execute format('grant select, insert on public.%I to app_runtime', t);
  end loop;
end $$;
create policy dlq_permanent_failures_rt_update on public.dlq_permanent_failures for update to app_runtime
  using (tenant_id = (select app.current_tenant())) with check (tenant_id = (select app.current_tenant()));
grant update on public.dlq_permanent_failures to app_runtime;
create policy dlq_permanent_failures_jwt_select on public.dlq_permanent_failures for select to authenticated
  using (tenant_id = (select app.jwt_tenant()) and (select app.jwt_role()) = 'admin');
grant select on public.dlq_permanent_failures to authenticated;
