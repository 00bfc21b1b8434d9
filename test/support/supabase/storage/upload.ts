import { createHash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ownerOf } from "./buckets.ts";
import { findBucket, type ObjectMetadata } from "./database.ts";
import { alreadyExists, invalidMimeType, invalidRequest, noSuchBucket, StorageFailure, tooLarge } from "./errors.ts";
import { readMultipart } from "./multipart.ts";
import { allowsMimeType, demandKey } from "./names.ts";
import type { StorageParts, StorageRequest } from "./request.ts";

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
  const asking = upsert ? undefined : announce(parts, `${bucket}/${key}`);
  let file: UploadedFile;
  try {
    file = await accept(incoming);
    await mayStore(incoming, upsert);
  } finally {
    asking?.answered();
  }
  await asking?.othersAnswered();
  return Response.json({ Key: `${bucket}/${key}`, Id: await complete(incoming, file) });
}

/** The file, if the bucket takes it and the key is a key. */
async function accept({ parts, request, bucket, key }: StorageRequest): Promise<UploadedFile> {
  const row = await findBucket(parts.database.service, bucket);
  if (!row) throw noSuchBucket();
  const file = await readFile(request);
  if (!allowsMimeType(row.allowed_mime_types, file.type)) throw invalidMimeType(file.type);
  const limit = Math.min(parts.limits.maxObjectBytes, Number(row.file_size_limit ?? Number.POSITIVE_INFINITY));
  if (file.content.byteLength > limit) throw tooLarge();
  demandKey(key);
  return file;
}

/** What writing the contents takes: those who ask in the meantime find the key free too. */
const WRITE_MS = 5;

/**
 * Whether a key is free is asked before the contents are written, and not again when the row is. So `upsert: false` is no
 * mutex: uploads of one key at the same moment all succeed. Here they wait for each other's question, so that they always do.
 */
function announce({ asking }: StorageParts, place: string) {
  const all = asking.get(place) ?? new Set();
  const { promise, resolve } = Promise.withResolvers<void>();
  asking.set(place, all.add(promise));
  return {
    answered() {
      resolve();
      setTimeout(() => {
        all.delete(promise);
        if (all.size === 0) asking.delete(place);
      }, WRITE_MS).unref();
    },
    async othersAnswered() {
      await delay(WRITE_MS);
      await Promise.all(all);
    },
  };
}

/** Asks the database whether the caller may, and undoes it. */
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
    // Of a part's type the service reads the name only; of a raw body's, everything.
    type: file.type.split(";")[0]!.trim() || "application/octet-stream",
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
