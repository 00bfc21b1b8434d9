drop function app.resolve_tenant(text, text);
drop table public.accounts;
drop table public.tenant_user_identifiers;
drop table public.tenants;
