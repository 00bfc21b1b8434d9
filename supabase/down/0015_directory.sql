-- schema: public
-- The customer's tables stay: what existed before, and whatever has come to hold a row. Only tables that the way up made
-- and nobody has used go.
do $$ declare t text; used boolean; begin
  foreach t in array array['portfolio_config', 'assets', 'portfolios', 'users'] loop
    continue when obj_description(to_regclass('public.' || t), 'pg_class') is distinct from
      case t
        when 'portfolio_config' then 'vigia directory: what a user wants of the shared scan'
        when 'assets' then 'vigia directory: what a portfolio holds'
        when 'portfolios' then 'vigia directory: portfolios of users'
        else 'vigia directory: people whose positions are analysed'
      end;
    execute format('select exists (select from public.%I)', t) into used;
    if not used then
      execute format('drop table public.%I', t);
    end if;
  end loop;
end $$;
