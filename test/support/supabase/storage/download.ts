import { readBearer } from "../bearer.ts";
import { findBucket, findObject, type ObjectRow } from "./database.ts";
import { invalidJwt, invalidRange, invalidSignature, noSuchBucket, noSuchKey } from "./errors.ts";
import type { StorageParts, StorageRequest } from "./request.ts";

/** GET with a bearer. An invalid one counts as none, so a private bucket then answers as if it did not exist. */
export async function downloadObject(incoming: StorageRequest, authenticated: boolean): Promise<Response> {
  const { parts, caller, bucket, key } = incoming;
  const row = await findBucket(parts.database.service, bucket);
  if (!row || (!authenticated && !row.public)) throw noSuchBucket();
  const object = row.public
    ? await findObject(parts.database.service, bucket, key)
    : await parts.database.asCaller(caller, (sql) => findObject(sql, bucket, key));
  return send(incoming, object);
}

/** GET without any credentials. */
export async function downloadPublicObject(incoming: StorageRequest): Promise<Response> {
  const { parts, bucket, key } = incoming;
  const row = await findBucket(parts.database.service, bucket);
  if (!row?.public) throw noSuchBucket();
  return send(incoming, await findObject(parts.database.service, bucket, key));
}

/** GET with the token of a signed URL. */
export async function downloadSignedObject(incoming: StorageRequest): Promise<Response> {
  const { parts, bucket, key, url } = incoming;
  const bearer = await readBearer(parts.keys, `Bearer ${url.searchParams.get("token") ?? ""}`);
  if (bearer.kind !== "caller") throw invalidJwt(bearer.kind === "invalid" ? bearer.message : "Invalid JWT");
  const { claims } = bearer.caller;
  if (claims.url !== `${bucket}/${key}` || claims.scope !== "download") throw invalidSignature();
  return send(incoming, await findObject(parts.database.service, bucket, key));
}

export async function describeObject({ parts, caller, bucket, key }: StorageRequest): Promise<Response> {
  const object = await parts.database.asCaller(caller, (sql) => findObject(sql, bucket, key));
  if (!object) throw noSuchKey();
  const { id, name, version, bucket_id, metadata, user_metadata, created_at } = object;
  return Response.json({
    id,
    name,
    version,
    bucket_id,
    size: metadata?.size ?? null,
    content_type: metadata?.mimetype ?? null,
    cache_control: metadata?.cacheControl ?? null,
    etag: metadata?.eTag ?? null,
    metadata: user_metadata,
    last_modified: metadata?.lastModified ?? null,
    created_at,
  });
}

function send({ parts, request }: StorageRequest, object: ObjectRow | undefined): Response {
  const content = object && parts.contents.get(object.version);
  if (!object?.metadata || !content) throw noSuchKey();
  const { eTag, mimetype, cacheControl, lastModified } = object.metadata;
  const headers: Record<string, string> = {
    "content-type": mimetype,
    etag: eTag,
    "last-modified": new Date(lastModified).toUTCString(),
    "cache-control": cacheControl,
    "accept-ranges": "bytes",
    "x-robots-tag": "none",
  };
  if (request.headers.get("if-none-match") === eTag) return new Response(null, { status: 304, headers });
  const range = request.headers.get("range");
  if (range === null) return body(request, content, 200, headers);
  const [from, to] = readRange(range, content.byteLength);
  headers["content-range"] = `bytes ${from}-${to}/${content.byteLength}`;
  return body(request, content.subarray(from, to + 1), 206, headers);
}

const body = (request: Request, content: Uint8Array, status: number, headers: Record<string, string>): Response =>
  new Response(request.method === "HEAD" ? null : (content as Uint8Array<ArrayBuffer>), { status, headers });

function readRange(range: string, length: number): [from: number, to: number] {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === "" && last === "") throw invalidRange();
  const from = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const to = first === "" || last === "" ? length - 1 : Math.min(Number(last), length - 1);
  if (from > to) throw invalidRange();
  return [from, to];
}

/** Forgets contents whose rows are gone. */
export function forget(parts: StorageParts, rows: readonly { version: string }[]): void {
  for (const { version } of rows) parts.contents.delete(version);
}
