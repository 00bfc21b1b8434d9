import { createHash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ownerOf } from "./buckets.ts";
import { findBucket, type ObjectMetadata } from "./database.ts";
import { alreadyExists, invalidMimeType, invalidRequest, noSuchBucket, StorageFailure, tooLarge } from "./errors.ts";
import { readMultipart } from "./multipart.ts";
import { allowsMimeType, demandKey } from "./names.ts";
import type { StorageRequest } from "./request.ts";

interface UploadedFile {
  content: Uint8Array;
  type: string;
  cacheControl: string;
  metadata: Record<string, unknown> | null;
}

/** POST: refuses a key that exists, unless `x-upsert` is true. */
export const uploadObject = (incoming: StorageRequest): Promise<Response> =>
  store(incoming, incoming.request.headers.get("x-upsert") === "true");

/** PUT: replaces, and creates what is absent. */
export const replaceObject = (incoming: StorageRequest): Promise<Response> => store(incoming, true);

async function store(incoming: StorageRequest, upsert: boolean): Promise<Response> {
  const { parts, bucket, key } = incoming;
  const row = await findBucket(parts.database.service, bucket);
  if (!row) throw noSuchBucket();
  const file = await readFile(incoming.request);
  if (!allowsMimeType(row.allowed_mime_types, file.type)) throw invalidMimeType(file.type);
  const limit = Math.min(parts.limits.maxObjectBytes, Number(row.file_size_limit ?? Number.POSITIVE_INFINITY));
  if (file.content.byteLength > limit) throw tooLarge();
  demandKey(key);
  await rehearse(incoming, upsert);
  const id = await complete(incoming, file);
  return Response.json({ Key: `${bucket}/${key}`, Id: id });
}

/**
 * Asks the database whether the caller may, and undoes it. The contents are written afterwards and the row last, without
 * asking again: so `upsert: false` is no mutex, and uploads of one key at the same moment all succeed.
 */
async function rehearse(incoming: StorageRequest, upsert: boolean): Promise<void> {
  const { parts, bucket, key } = incoming;
  const place = `${bucket}/${key}`;
  const asking = mayStore(incoming, upsert);
  if (upsert) return asking;
  const others = parts.rehearsals.get(place) ?? new Set();
  parts.rehearsals.set(place, others.add(asking));
  try {
    await asking;
    // What writing the contents takes: those who ask in the meantime find the key free too.
    await delay(5);
    await Promise.allSettled(others);
  } finally {
    others.delete(asking);
    if (others.size === 0) parts.rehearsals.delete(place);
  }
}

export function mayStore({ parts, caller, bucket, key }: StorageRequest, upsert: boolean): Promise<void> {
  const owner = ownerOf(caller.claims);
  const version = randomUUID();
  return parts.database
    .rehearse(caller, (sql) =>
      upsert
        ? sql`insert into storage.objects (bucket_id, name, owner, owner_id, version)
            values (${bucket}, ${key}, ${owner.uuid}, ${owner.text}, ${version})
            on conflict (bucket_id, name) do update set version = excluded.version, owner = excluded.owner, owner_id = excluded.owner_id
            returning id`
        : sql`insert into storage.objects (bucket_id, name, owner, owner_id, version)
            values (${bucket}, ${key}, ${owner.uuid}, ${owner.text}, ${version})`,
    )
    .catch((error) => {
      throw error.code === "23505" ? alreadyExists("KeyAlreadyExists") : error;
    });
}

/** Writes contents and row. The row of an existing key keeps its id. */
export async function complete({ parts, caller, bucket, key }: StorageRequest, file: UploadedFile): Promise<string> {
  const version = randomUUID();
  const owner = ownerOf(caller.claims);
  parts.contents.set(version, file.content);
  const metadata = describe(file);
  return parts.database.service.begin(async (sql) => {
    const [previous] = await sql<{ version: string }[]>`
      select version from storage.objects where bucket_id = ${bucket} and name = ${key} for update`;
    const [row] = await sql<{ id: string }[]>`
      insert into storage.objects (bucket_id, name, owner, owner_id, version, metadata, user_metadata)
      values (${bucket}, ${key}, ${owner.uuid}, ${owner.text}, ${version}, ${sql.json({ ...metadata })},
        ${file.metadata === null ? null : sql.json(file.metadata as never)})
      on conflict (bucket_id, name) do update set version = excluded.version, metadata = excluded.metadata,
        user_metadata = excluded.user_metadata, owner = excluded.owner, owner_id = excluded.owner_id,
        updated_at = clock_timestamp(), last_accessed_at = clock_timestamp()
      returning id`;
    if (previous) parts.contents.delete(previous.version);
    return row!.id;
  });
}

const describe = ({ content, type, cacheControl }: UploadedFile): ObjectMetadata => ({
  eTag: `"${createHash("md5").update(content).digest("hex")}"`,
  size: content.byteLength,
  mimetype: type,
  cacheControl,
  lastModified: new Date().toISOString(),
  contentLength: content.byteLength,
  httpStatusCode: 200,
});

async function readFile(request: Request): Promise<UploadedFile> {
  const type = request.headers.get("content-type") ?? "application/octet-stream";
  if (type.startsWith("multipart/form-data")) return readForm(request, type);
  const encoded = request.headers.get("x-metadata");
  return {
    content: new Uint8Array(await request.arrayBuffer()),
    type,
    cacheControl: request.headers.get("cache-control") ?? "no-cache",
    metadata: encoded === null ? null : parseMetadata(Buffer.from(encoded, "base64").toString()),
  };
}

async function readForm(request: Request, contentType: string): Promise<UploadedFile> {
  const parts = readMultipart(Buffer.from(await request.arrayBuffer()), contentType);
  const file = parts.find(({ filename, name }) => filename !== undefined || name === "");
  if (!file) throw new StorageFailure(400, "InvalidRequest", "No file provided", "no_file_provided");
  const field = (name: string) => parts.find((part) => part !== file && part.name === name)?.content.toString();
  const seconds = field("cacheControl");
  const metadata = field("metadata");
  return {
    content: new Uint8Array(file.content),
    type: file.type || "application/octet-stream",
    cacheControl: seconds === undefined ? "no-cache" : `max-age=${seconds}`,
    metadata: metadata === undefined ? null : parseMetadata(metadata),
  };
}

function parseMetadata(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidRequest("metadata must be JSON");
  }
}
