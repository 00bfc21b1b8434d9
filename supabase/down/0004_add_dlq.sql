drop table public.dlq_permanent_failures;
drop table public.ops_usage_samples;
