import { type BucketRow, findBucket } from "./database.ts";
import { alreadyExists, noSuchBucket, notEmpty, tooLarge } from "./errors.ts";
import { demandBucketName, parseSize } from "./names.ts";
import type { StorageRequest } from "./request.ts";

interface BucketBody {
  id?: string;
  name?: string;
  public?: boolean;
  file_size_limit?: number | string | null;
  allowed_mime_types?: string[] | null;
}

export async function createBucket({ parts, caller, json }: StorageRequest): Promise<Response> {
  const body = await json<BucketBody>();
  demandBucketName(body.name);
  const { name, id = name } = body;
  const limit = parseSize(body.file_size_limit);
  if (limit !== null && limit > parts.limits.maxObjectBytes) throw tooLarge();
  const owner = ownerOf(caller.claims);
  await parts.database
    .asCaller(
      caller,
      (sql) => sql`insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
        values (${id}, ${name}, ${owner.uuid}, ${owner.text}, ${body.public ?? false}, ${limit}, ${body.allowed_mime_types ?? null})`,
    )
    .catch((error) => {
      throw error.code === "23505" ? alreadyExists("BucketAlreadyExists") : error;
    });
  return Response.json({ name });
}

export async function getBucket({ parts, caller, bucket }: StorageRequest): Promise<Response> {
  const row = await parts.database.asCaller(caller, (sql) => findBucket(sql, bucket));
  if (!row) throw noSuchBucket();
  return Response.json(render(row));
}

export async function listBuckets({ parts, caller }: StorageRequest): Promise<Response> {
  const rows = await parts.database.asCaller(
    caller,
    (sql) => sql<BucketRow[]>`select * from storage.buckets order by name`,
  );
  return Response.json(rows.map((row) => ({ ...render(row), type: "STANDARD" })));
}

export async function updateBucket({ parts, caller, bucket, json }: StorageRequest): Promise<Response> {
  const body = await json<BucketBody>();
  const limit = parseSize(body.file_size_limit);
  if (limit !== null && limit > parts.limits.maxObjectBytes) throw tooLarge();
  const changed = await parts.database.asCaller(
    caller,
    (sql) => sql`update storage.buckets set
        public = coalesce(${body.public ?? null}, public),
        file_size_limit = case when ${"file_size_limit" in body} then ${limit}::bigint else file_size_limit end,
        allowed_mime_types = case when ${"allowed_mime_types" in body}
          then ${body.allowed_mime_types ?? null}::text[] else allowed_mime_types end,
        updated_at = now()
      where id = ${bucket} returning id`,
  );
  if (changed.length === 0) throw noSuchBucket();
  return Response.json({ message: "Successfully updated" });
}

/** The real one queues the work; here it is done when the answer leaves. */
export async function emptyBucket({ parts, caller, bucket }: StorageRequest): Promise<Response> {
  await demandBucket({ parts, caller, bucket });
  const gone = await parts.database.asCaller(
    caller,
    (sql) => sql<{ version: string }[]>`delete from storage.objects where bucket_id = ${bucket} returning version`,
  );
  for (const { version } of gone) parts.contents.delete(version);
  return Response.json({ message: "Empty bucket has been queued. Completion may take up to an hour." });
}

export async function deleteBucket({ parts, caller, bucket }: StorageRequest): Promise<Response> {
  await demandBucket({ parts, caller, bucket });
  const left = await parts.database.service`select 1 from storage.objects where bucket_id = ${bucket} limit 1`;
  if (left.length > 0) throw notEmpty();
  await parts.database.asCaller(caller, (sql) => sql`delete from storage.buckets where id = ${bucket}`);
  return Response.json({ message: "Successfully deleted" });
}

async function demandBucket({ parts, caller, bucket }: Pick<StorageRequest, "parts" | "caller" | "bucket">) {
  if (!(await parts.database.asCaller(caller, (sql) => findBucket(sql, bucket)))) throw noSuchBucket();
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `owner` is a uuid, `owner_id` whatever the token calls its subject. */
export function ownerOf(claims: Record<string, unknown>): { uuid: string | null; text: string | null } {
  const sub = typeof claims.sub === "string" ? claims.sub : null;
  return { uuid: sub && UUID.test(sub) ? sub : null, text: sub };
}

const render = (row: BucketRow) => ({
  id: row.id,
  name: row.name,
  owner: row.owner ?? "",
  public: row.public,
  file_size_limit: row.file_size_limit === null ? null : Number(row.file_size_limit),
  allowed_mime_types: row.allowed_mime_types,
  created_at: row.created_at,
  updated_at: row.updated_at,
});
