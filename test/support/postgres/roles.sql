-- Roles of a Supabase project; they belong to the server, so they may be there already. Superuser only in the test bed:
-- the hosted `postgres` is an owner with BYPASSRLS and CREATEROLE.
do $$
declare
  wanted text;
begin
  foreach wanted in array array[
    'anon nologin noinherit',
    'authenticated nologin noinherit',
    'service_role nologin noinherit bypassrls',
    'authenticator login noinherit',
    'supabase_auth_admin nologin noinherit createrole',
    'supabase_storage_admin nologin noinherit createrole'
  ] loop
    begin
      execute 'create role ' || wanted;
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
end
$$;

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to supabase_storage_admin;
grant authenticator to supabase_storage_admin;

-- As hosted: service_role has none of its own and so gets the authenticator's.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
