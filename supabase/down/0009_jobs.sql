drop table public.job_runs;
