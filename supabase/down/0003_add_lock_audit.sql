drop table public.lock_audit;
