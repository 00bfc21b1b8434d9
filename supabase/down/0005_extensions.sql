drop index public.idx_tenants_name_trgm;

-- What was here before stays, and so does what the owner's own objects have come to depend on.
do $$ declare e text; begin
  foreach e in array array['pg_stat_statements', 'pgcrypto', 'pg_trgm', 'uuid-ossp'] loop
    if not exists (select from app.extensions_before where name = e) then
      begin
        execute format('drop extension if exists %I', e);
      exception when dependent_objects_still_exist then
        raise notice 'extension % stays: something depends on it', e;
      end;
    end if;
  end loop;
end $$;
drop table app.extensions_before;
