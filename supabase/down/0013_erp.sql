-- Tables that existed before stay with what they were given: readers may use it by now.
do $$ declare t text; begin
  foreach t in array array['clientes', 'proyectos_cliente', 'v_insumos', 'cotizaciones', 'detalle_cotizacion', 'vidrios_produccion', 'log_vidrios_produccion', 'log_cambios_etapa'] loop
    continue when to_regclass('public.' || t) is null;
    if obj_description(('public.' || t)::regclass, 'pg_class') like 'vigia X:%' then
      execute format('drop table public.%I', t);
    else
      execute format('drop trigger if exists vigia_synced_at on public.%I', t);
    end if;
  end loop;
end $$;
drop function app.stamp_synced_at();
