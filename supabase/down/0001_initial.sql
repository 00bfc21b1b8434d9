-- The schema app and its ledger stay: whoever runs this file writes there that it ran.

do $$ begin
  execute format(
    'revoke usage on schema %s from app_runtime',
    (select relnamespace::regnamespace from pg_class where oid = 'public.audit_logs'::regclass)
  );
end $$;
drop table public.audit_logs;
drop function app.touch_updated_at();
drop function app.jwt_role();
drop function app.jwt_tenant();
drop function app.current_tenant();
revoke usage on schema app from app_runtime, authenticated;

-- Roles belong to the cluster: another database of it may still use this one.
do $$ begin
  drop role app_runtime;
exception when dependent_objects_still_exist then
  raise notice 'role app_runtime stays: another database uses it';
end $$;
