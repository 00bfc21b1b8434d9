-- Copies of the ERP's tables. Types are those that its readers know; times have no zone.
-- A table that exists keeps its rows, its columns and the access that its readers have: it only gets what is missing.
-- Those made here are read by the server alone.

create function app.stamp_synced_at() returns trigger language plpgsql set search_path = '' as
  $$ begin new.synced_at := now(); return new; end $$;
revoke all on function app.stamp_synced_at() from public;

do $$ declare t record; begin
  for t in select * from (values
    ('clientes', 'vigia X: customers of the ERP'),
    ('proyectos_cliente', 'vigia X: projects of customers'),
    ('v_insumos', 'vigia X: materials'),
    ('cotizaciones', 'vigia X: quotes'),
    ('detalle_cotizacion', 'vigia X: lines of quotes'),
    ('vidrios_produccion', 'vigia X: panes in production'),
    ('log_vidrios_produccion', 'vigia X: changes of panes'),
    ('log_cambios_etapa', 'vigia X: changes of stage')
  ) as wanted (name, comment)
  loop
    continue when to_regclass('public.' || t.name) is not null;
    execute format('create table public.%I (id text collate "C" primary key)', t.name);
    execute format('comment on table public.%I is %L', t.name, t.comment);
    execute format('alter table public.%I enable row level security', t.name);
    execute format('alter table public.%I force row level security', t.name);
    execute format('revoke all on public.%I from anon, authenticated, app_runtime, public', t.name);
  end loop;
end $$;

alter table public.clientes
  add column if not exists no_cliente bigint,
  add column if not exists razon_social text,
  add column if not exists rfc text,
  add column if not exists e_mail text,
  add column if not exists nivel_precio text,
  add column if not exists telefonos text,
  add column if not exists notas text,
  add column if not exists notas_pago text,
  add column if not exists atencion text,
  add column if not exists limite_credito numeric,
  add column if not exists dias_credito integer,
  add column if not exists fec_crea timestamp,
  add column if not exists usr_crea text,
  add column if not exists fec_modif timestamp,
  add column if not exists usr_modif text,
  add column if not exists siglas text,
  add column if not exists no_emp_vendedor integer,
  add column if not exists regimen_fiscal text,
  add column if not exists cp text,
  add column if not exists direccion text,
  add column if not exists e_mail_compras text,
  add column if not exists cve_uso_cfdi text,
  add column if not exists created_at timestamp default now(),
  add column if not exists synced_at timestamptz,
  add column if not exists source_deleted_at timestamptz;

alter table public.proyectos_cliente
  add column if not exists no_cliente bigint,
  add column if not exists no_proyecto bigint,
  add column if not exists nom_proyecto text,
  add column if not exists num_proy_cliente text,
  add column if not exists txt_proy_cliente text,
  add column if not exists importe_anticipo numeric,
  add column if not exists pct_anticipo numeric,
  add column if not exists fec_crea timestamp,
  add column if not exists usr_crea text,
  add column if not exists fec_modif timestamp,
  add column if not exists usr_modif text,
  add column if not exists id_skyplanner text,
  add column if not exists created_at timestamp default now(),
  add column if not exists synced_at timestamptz,
  add column if not exists source_deleted_at timestamptz;

alter table public.v_insumos
  add column if not exists no_insumo bigint,
  add column if not exists clave_estandar text,
  add column if not exists descripcion text,
  add column if not exists nom_largo text,
  add column if not exists tipo_insumo text,
  add column if not exists cve_linea text,
  add column if not exists cve_generica text,
  add column if not exists cve_tipo_vidrio text,
  add column if not exists no_espesor integer,
  add column if not exists no_medida integer,
  add column if not exists no_acabado integer,
  add column if not exists no_longitud integer,
  add column if not exists cve_unidad text,
  add column if not exists precio_mxn numeric,
  add column if not exists precio_usd numeric,
  add column if not exists precio_eur numeric,
  add column if not exists costo_promedio numeric,
  add column if not exists no_insumo_gsns integer,
  add column if not exists espesor numeric,
  add column if not exists vigente text,
  add column if not exists id_skyplanner text,
  add column if not exists tiempo_pre_proceso numeric,
  add column if not exists tiempo_proceso numeric,
  add column if not exists tiempo_post_proceso numeric,
  add column if not exists created_at timestamp default now(),
  add column if not exists synced_at timestamptz,
  add column if not exists source_deleted_at timestamptz;

alter table public.cotizaciones
  add column if not exists no_cotizacion bigint,
  add column if not exists no_contacto integer,
  add column if not exists fecha timestamp,
  add column if not exists no_cliente integer,
  add column if not exists status text,
  add column if not exists no_proyecto integer,
  add column if not exists comentarios text,
  add column if not exists solo_maquila text,
  add column if not exists pct_descuento numeric,
  add column if not exists no_emp_vendedor integer,
  add column if not exists fec_valorizacion timestamp,
  add column if not exists comprobante text,
  add column if not exists fec_crea timestamp,
  add column if not exists usr_crea text,
  add column if not exists fec_modif timestamp,
  add column if not exists usr_modif text,
  add column if not exists moneda text,
  add column if not exists referencia text,
  add column if not exists no_orden_compra text,
  add column if not exists fecha_entrega_programada timestamp,
  add column if not exists created_at timestamp default now(),
  add column if not exists synced_at timestamptz,
  add column if not exists source_deleted_at timestamptz;

alter table public.detalle_cotizacion
  add column if not exists no_cotizacion integer,
  add column if not exists dec_seq integer,
  add column if not exists renglon integer,
  add column if not exists clase_insumo text,
  add column if not exists no_insumo integer,
  add column if not exists base integer,
  add column if not exists altura integer,
  add column if not exists cantidad integer,
  add column if not exists ref_ubicacion text,
  add column if not exists no_sistema integer,
  add column if not exists precio_unitario numeric,
  add column if not exists dibujo text,
  add column if not exists dibujo_filename text,
  add column if not exists dibujo_mimetype text,
  add column if not exists dibujo_last_update timestamp,
  add column if not exists dibujo_charset text,
  add column if not exists precio_m2 numeric,
  add column if not exists precio_pactado text,
  add column if not exists forma_irregular text,
  add column if not exists fec_crea timestamp,
  add column if not exists usr_crea text,
  add column if not exists fec_modif timestamp,
  add column if not exists usr_modif text,
  add column if not exists pagina_croquis integer,
  add column if not exists created_at timestamp default now(),
  add column if not exists synced_at timestamptz,
  add column if not exists source_deleted_at timestamptz;

alter table public.vidrios_produccion
  add column if not exists no_orden_produccion integer,
  add column if not exists no_cotizacion integer,
  add column if not exists dec_seq integer,
  add column if not exists vip_seq integer,
  add column if not exists vip_seq_ens integer,
  add column if not exists no_insumo integer,
  add column if not exists clase text,
  add column if not exists status text,
  add column if not exists no_etapa integer,
  add column if not exists hora_cambio_etapa timestamp,
  add column if not exists no_motivo_reproceso integer,
  add column if not exists vip_seq_rep integer,
  add column if not exists cve_ubicacion text,
  add column if not exists fec_crea timestamp,
  add column if not exists usr_crea text,
  add column if not exists fec_modif timestamp,
  add column if not exists usr_modif text,
  add column if not exists base integer,
  add column if not exists altura integer,
  add column if not exists id_skyplanner text,
  add column if not exists seq_clase integer,
  add column if not exists foldoc_cxc integer,
  add column if not exists created_at timestamp default now(),
  add column if not exists synced_at timestamptz,
  add column if not exists source_deleted_at timestamptz;

alter table public.log_vidrios_produccion
  add column if not exists no_orden_produccion integer,
  add column if not exists no_cotizacion integer,
  add column if not exists dec_seq integer,
  add column if not exists vip_seq integer,
  add column if not exists campo text,
  add column if not exists valor_anterior text,
  add column if not exists valor_nuevo text,
  add column if not exists usr_modif text,
  add column if not exists fec_modif timestamp,
  add column if not exists fec_modif_pre timestamp,
  add column if not exists created_at timestamp default now(),
  add column if not exists synced_at timestamptz,
  add column if not exists source_deleted_at timestamptz;

alter table public.log_cambios_etapa
  add column if not exists no_orden_produccion integer,
  add column if not exists no_cotizacion integer,
  add column if not exists dec_seq integer,
  add column if not exists vip_seq integer,
  add column if not exists no_etapa text,
  add column if not exists no_insumo integer,
  add column if not exists no_insumo_final integer,
  add column if not exists usr_modif text,
  add column if not exists fec_modif timestamp,
  add column if not exists status text,
  add column if not exists no_etapa_actual integer,
  add column if not exists no_optimizacion integer,
  add column if not exists espesor numeric,
  add column if not exists base integer,
  add column if not exists altura integer,
  add column if not exists m2 numeric,
  add column if not exists taladros_cot integer,
  add column if not exists canto_pulido numeric,
  add column if not exists filo_muerto text,
  add column if not exists created_at timestamp default now(),
  add column if not exists synced_at timestamptz,
  add column if not exists source_deleted_at timestamptz;

do $$ declare t text; begin
  foreach t in array array['clientes', 'proyectos_cliente', 'v_insumos', 'cotizaciones', 'detalle_cotizacion', 'vidrios_produccion', 'log_vidrios_produccion', 'log_cambios_etapa'] loop
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    -- Stamped here and never sent, so that rows stay equal on both sides.
    execute format('create or replace trigger vigia_synced_at before insert or update on public.%I for each row execute function app.stamp_synced_at()', t);
    -- The mirror writes by id.
    if not exists (
      select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
       where i.indrelid = ('public.' || t)::regclass and i.indisunique and i.indpred is null and i.indnkeyatts = 1 and a.attname = 'id'
    ) then
      execute format('create unique index %I on public.%I (id)', t || '_id_key', t);
    end if;
  end loop;
end $$;

-- One index that begins with each of these columns, whatever its name.
do $$ declare w record; begin
  for w in select * from (values
    ('clientes', 'fec_modif'),
    ('proyectos_cliente', 'fec_modif'),
    ('cotizaciones', 'fec_modif'),
    ('detalle_cotizacion', 'no_cotizacion'), ('detalle_cotizacion', 'dec_seq'), ('detalle_cotizacion', 'fec_modif'), ('detalle_cotizacion', 'usr_modif'),
    ('vidrios_produccion', 'no_orden_produccion'), ('vidrios_produccion', 'no_cotizacion'), ('vidrios_produccion', 'status'), ('vidrios_produccion', 'fec_modif'),
    ('log_vidrios_produccion', 'no_orden_produccion'), ('log_vidrios_produccion', 'no_cotizacion'), ('log_vidrios_produccion', 'campo'), ('log_vidrios_produccion', 'fec_modif'),
    ('log_cambios_etapa', 'no_orden_produccion'), ('log_cambios_etapa', 'no_cotizacion'), ('log_cambios_etapa', 'fec_modif'), ('log_cambios_etapa', 'status')
  ) as wanted (name, first_column)
  loop
    continue when exists (
      select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
       where i.indrelid = ('public.' || w.name)::regclass and a.attname = w.first_column and i.indpred is null
    );
    execute format('create index %I on public.%I (%I)', 'idx_' || w.name || '_' || w.first_column, w.name, w.first_column);
  end loop;
end $$;
