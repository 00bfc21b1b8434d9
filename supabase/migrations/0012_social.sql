-- Clients of agencies, their runs and insights, and the board of tasks.

create table public.fichas_cliente (
  id text collate "C" not null,
  tenant_id text collate "C" not null references public.tenants (tenant_id) on delete cascade,
  brand_name text not null,
  industry text,
  brand_archetype text,
  tone_of_voice text,
  target_audience text,
  competitors jsonb,
  platforms jsonb,
  language text,
  source_type text,
  spreadsheet_id text,
  enabled boolean not null default true,
  is_active boolean not null default true,
  last_analysis_timestamp timestamptz,
  source text not null default 'local',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint fichas_cliente_pkey primary key (id),
  constraint fichas_cliente_language check (language in ('es', 'en', 'auto')),
  constraint fichas_cliente_source_type check (source_type in ('google_sheets', 'csv', 'api')),
  constraint fichas_cliente_source check (source in ('sample', 'local'))
);
comment on table public.fichas_cliente is 'vigia T: a brand being analysed';

-- Not unique, here and below, apart from the mirror's key: two rows that swap a name arrive one after the other.
create index idx_fichas_cliente_tenant_brand on public.fichas_cliente (tenant_id, brand_name);

create table public.social_runs (
  id text collate "C" not null,
  tenant_id text collate "C" not null references public.tenants (tenant_id) on delete cascade,
  ficha_id text collate "C" not null,
  trigger text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  status text not null,
  posts_total integer not null default 0,
  posts_new integer not null default 0,
  comments_new integer not null default 0,
  modules jsonb,
  llm_calls integer not null default 0,
  llm_errors integer not null default 0,
  tokens_in integer not null default 0,
  tokens_out integer not null default 0,
  cost_usd double precision not null default 0,
  error text,
  rejected_rows jsonb,
  created_at timestamptz not null,
  constraint social_runs_pkey primary key (id),
  constraint social_runs_status check (status in ('running', 'skipped', 'completed', 'partial', 'failed'))
);
comment on table public.social_runs is 'vigia T: one client in one run';

create index idx_social_runs_tenant_ficha on public.social_runs (tenant_id, ficha_id, started_at desc);

create table public.social_media_insights (
  id text collate "C" not null,
  tenant_id text collate "C" not null references public.tenants (tenant_id) on delete cascade,
  run_id text collate "C" not null,
  ficha_id text collate "C" not null,
  analysis_timestamp timestamptz not null,
  analysis_status text not null,
  total_posts_analyzed integer not null default 0,
  total_comments_analyzed integer not null default 0,
  platforms jsonb,
  period_start timestamptz,
  period_end timestamptz,
  engine text,
  q1_emociones jsonb,
  q2_personalidad jsonb,
  q3_topicos jsonb,
  q4_marcos_narrativos jsonb,
  q5_influenciadores jsonb,
  q6_oportunidades jsonb,
  q7_sentimiento jsonb,
  q8_temporal jsonb,
  q9_recomendaciones jsonb,
  q10_resumen jsonb,
  created_at timestamptz not null,
  constraint social_media_insights_pkey primary key (id)
);
comment on table public.social_media_insights is 'vigia T: what a run found out, one envelope per question';

create index idx_social_media_insights_tenant_ficha on public.social_media_insights (tenant_id, ficha_id, analysis_timestamp desc);
create index idx_social_media_insights_run on public.social_media_insights (run_id);

create table public.social_tasks (
  id text collate "C" not null,
  tenant_id text collate "C" not null references public.tenants (tenant_id) on delete cascade,
  ficha_id text collate "C" not null,
  insight_id text collate "C",
  source text not null,
  source_key text not null,
  title text not null,
  description text,
  area_estrategica text,
  urgencia text,
  score_impacto integer,
  score_esfuerzo integer,
  prioridad integer,
  week integer not null,
  status text not null,
  created_by text,
  assignee text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  completed_at timestamptz,
  archived_at timestamptz,
  constraint social_tasks_pkey primary key (id),
  constraint social_tasks_source check (source in ('q9', 'manual')),
  constraint social_tasks_week check (week between 1 and 4),
  constraint social_tasks_status check (status in ('PENDIENTE', 'EN_CURSO', 'HECHO', 'REVISADO'))
);
comment on table public.social_tasks is 'vigia T: what a client is advised to do';

create index idx_social_tasks_tenant_ficha on public.social_tasks (tenant_id, ficha_id, week);
create index idx_social_tasks_source_key on public.social_tasks (ficha_id, source_key);

create table public.social_task_notes (
  id text collate "C" not null,
  tenant_id text collate "C" not null references public.tenants (tenant_id) on delete cascade,
  task_id text collate "C" not null,
  author_user_id text,
  content text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint social_task_notes_pkey primary key (id)
);
comment on table public.social_task_notes is 'vigia T: notes on a task';

create index idx_social_task_notes_tenant_task on public.social_task_notes (tenant_id, task_id);

do $$ declare t text; begin
  foreach t in array array['fichas_cliente', 'social_runs', 'social_media_insights', 'social_tasks', 'social_task_notes'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('alter table public.%I force row level security', t);
    execute format('revoke all on public.%I from anon, authenticated, app_runtime, public', t);
    execute format('grant select, insert, update, delete on public.%I to service_role, app_runtime', t);
    execute format('grant select on public.%I to authenticated', t);
    execute format('create policy %I on public.%I for select to app_runtime using (tenant_id = (select app.current_tenant()))', t || '_rt_select', t);
    execute format('create policy %I on public.%I for insert to app_runtime with check (tenant_id = (select app.current_tenant()))', t || '_rt_insert', t);
    execute format('create policy %I on public.%I for update to app_runtime using (tenant_id = (select app.current_tenant())) with check (tenant_id = (select app.current_tenant()))', t || '_rt_update', t);
    execute format('create policy %I on public.%I for delete to app_runtime using (tenant_id = (select app.current_tenant()))', t || '_rt_delete', t);
    execute format('create policy %I on public.%I for select to authenticated using (tenant_id = (select app.jwt_tenant()) and (select app.jwt_role()) in (''admin'', ''analyst'', ''viewer''))', t || '_jwt_select', t);
  end loop;
end $$;
