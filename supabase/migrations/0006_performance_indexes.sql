-- no-transaction
-- Indexes of the tables so far, built without holding up writers. Every statement may run again.

create index concurrently if not exists idx_tenants_status on public.tenants (status) where status = 'active';
create index concurrently if not exists idx_tenant_user_identifiers_identifier on public.tenant_user_identifiers (identifier);
create index concurrently if not exists idx_tenant_user_identifiers_tenant_id on public.tenant_user_identifiers (tenant_id);
create index concurrently if not exists idx_users_tenant_id on public.accounts (tenant_id) where is_active;
create index concurrently if not exists idx_accounts_tenant_id on public.accounts (tenant_id);
create index concurrently if not exists idx_lock_audit_resource_id on public.lock_audit (tenant_id, resource_id, acquired_at desc);
create index concurrently if not exists idx_lock_audit_acquired_at on public.lock_audit (acquired_at desc);
create index concurrently if not exists idx_lock_audit_tenant_id on public.lock_audit (tenant_id);
create index concurrently if not exists idx_dlq_permanent_failures_channel on public.dlq_permanent_failures (tenant_id, channel);
create index concurrently if not exists idx_dlq_permanent_failures_created_at on public.dlq_permanent_failures (created_at desc);
create index concurrently if not exists idx_dlq_permanent_failures_open on public.dlq_permanent_failures (tenant_id, created_at desc) where resolved_at is null;
create index concurrently if not exists idx_audit_logs_tenant_time on public.audit_logs (tenant_id, occurred_at desc);
create index concurrently if not exists idx_audit_logs_event on public.audit_logs (event_type, occurred_at desc);
create index concurrently if not exists idx_ops_usage_metric on public.ops_usage_samples (metric, sampled_at desc);
