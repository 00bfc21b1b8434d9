drop table public.social_task_notes;
drop table public.social_tasks;
drop table public.social_media_insights;
drop table public.social_runs;
drop table public.fichas_cliente;
