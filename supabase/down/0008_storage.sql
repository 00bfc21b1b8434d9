drop policy if exists portfolio_read_own on storage.objects;

-- Hosted Storage refuses deletes by SQL without this. A bucket that holds objects stays.
select set_config('storage.allow_delete_query', 'true', true);
delete from storage.buckets
 where id = 'portfolio-files' and not exists (select from storage.objects where bucket_id = 'portfolio-files');
select set_config('storage.allow_delete_query', '', true);
