-- The private bucket of reports, and who may read them: everybody their own folder. Only the server writes.
-- storage.objects belongs to another role and has row level security already, so it gets a policy and nothing else.

-- A bucket that exists keeps its settings: they are the operator's.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('portfolio-files', 'portfolio-files', false, 10485760, array['application/json', 'text/markdown'])
on conflict (id) do nothing;

-- Any segment, not the first: a base prefix may stand before it, and only folders of users are uuids.
drop policy if exists portfolio_read_own on storage.objects;
create policy portfolio_read_own on storage.objects for select to authenticated
  using (bucket_id = 'portfolio-files' and (select auth.uid())::text = any (storage.foldername(name)));
