import { nowSeconds } from "../keys.ts";
import { findObject, OBJECT_COLUMNS, type ObjectRow } from "./database.ts";
import { forget } from "./download.ts";
import { alreadyExists, invalidRequest, noSuchKey } from "./errors.ts";
import { demandKey } from "./names.ts";
import type { StorageRequest } from "./request.ts";
import { complete, mayStore } from "./upload.ts";

/** Deletes what the caller may delete, and tells which rows that were; the rest is passed over in silence. */
export async function removeObjects({ parts, caller, bucket, json }: StorageRequest): Promise<Response> {
  const { prefixes } = await json<{ prefixes?: string[] }>();
  if (!Array.isArray(prefixes)) throw invalidRequest("body must have required property 'prefixes'");
  if (prefixes.length === 0) throw invalidRequest("body/prefixes must NOT have fewer than 1 items");
  const rows = await parts.database.asCaller(caller, (sql) =>
    sql.unsafe<ObjectRow[]>(
      `delete from storage.objects where bucket_id = $1 and name = any($2) returning ${OBJECT_COLUMNS}`,
      [bucket, prefixes],
    ),
  );
  forget(parts, rows);
  return Response.json(rows);
}

export async function removeObject({ parts, caller, bucket, key }: StorageRequest): Promise<Response> {
  const rows = await parts.database.asCaller(
    caller,
    (sql) => sql<{ version: string }[]>`
      delete from storage.objects where bucket_id = ${bucket} and name = ${key} returning version`,
  );
  if (rows.length === 0) throw noSuchKey();
  forget(parts, rows);
  return Response.json({ message: "Successfully deleted" });
}

interface Transfer {
  bucketId?: string;
  sourceKey?: string;
  destinationKey?: string;
  destinationBucket?: string;
}

export async function copyObject(incoming: StorageRequest): Promise<Response> {
  const { parts, caller, request } = incoming;
  const { bucket, source, destination, destinationBucket } = readTransfer(await incoming.json<Transfer>());
  const original = await parts.database.asCaller(caller, (sql) => findObject(sql, bucket, source));
  const content = original && parts.contents.get(original.version);
  if (!original?.metadata || !content) throw noSuchKey();
  const target = { ...incoming, bucket: destinationBucket, key: destination };
  await mayStore(target, request.headers.get("x-upsert") === "true");
  const { mimetype, cacheControl } = original.metadata;
  await complete(target, { content, type: mimetype, cacheControl, metadata: original.user_metadata });
  const copy = await findObject(parts.database.service, destinationBucket, destination);
  return Response.json({ Key: `${destinationBucket}/${destination}`, Id: copy?.id, ...copy });
}

export async function moveObject({ parts, caller, json }: StorageRequest): Promise<Response> {
  const { bucket, source, destination, destinationBucket } = readTransfer(await json<Transfer>());
  const rows = await parts.database
    .asCaller(
      caller,
      (sql) => sql`update storage.objects
        set name = ${destination}, bucket_id = ${destinationBucket}, updated_at = now()
        where bucket_id = ${bucket} and name = ${source} returning id`,
    )
    .catch((error) => {
      throw error.code === "23505" ? alreadyExists("KeyAlreadyExists") : error;
    });
  if (rows.length === 0) throw noSuchKey();
  return Response.json({ message: "Successfully moved" });
}

function readTransfer(body: Transfer) {
  const { bucketId: bucket, sourceKey: source, destinationKey: destination } = body;
  if (!bucket || !source || !destination) throw invalidRequest("body must have bucketId, sourceKey and destinationKey");
  demandKey(destination);
  return { bucket, source, destination, destinationBucket: body.destinationBucket ?? bucket };
}

export async function signObject({ parts, caller, bucket, key, json }: StorageRequest): Promise<Response> {
  const { expiresIn } = await json<{ expiresIn?: number }>();
  demandLifetime(expiresIn);
  if (!(await parts.database.asCaller(caller, (sql) => findObject(sql, bucket, key)))) throw noSuchKey();
  return Response.json({ signedURL: await signedPath({ parts, bucket, key, expiresIn }) });
}

/** Several keys of one bucket: those that the caller does not see have an error beside them. */
export async function signObjects({ parts, caller, bucket, json }: StorageRequest): Promise<Response> {
  const { expiresIn, paths = [] } = await json<{ expiresIn?: number; paths?: string[] }>();
  demandLifetime(expiresIn);
  const signed = [];
  for (const path of paths) {
    const seen = await parts.database.asCaller(caller, (sql) => findObject(sql, bucket, path));
    signed.push(
      seen
        ? { error: null, path, signedURL: await signedPath({ parts, bucket, key: path, expiresIn }) }
        : { error: "Either the object does not exist or you do not have access to it", path, signedURL: null },
    );
  }
  return Response.json(signed);
}

function demandLifetime(expiresIn: unknown): asserts expiresIn is number {
  if (typeof expiresIn !== "number" || expiresIn < 1) throw invalidRequest("body/expiresIn must be >= 1");
}

interface Signing extends Pick<StorageRequest, "parts" | "bucket" | "key"> {
  expiresIn: number;
}

async function signedPath({ parts, bucket, key, expiresIn }: Signing): Promise<string> {
  const iat = nowSeconds();
  const token = await parts.keys.sign({ url: `${bucket}/${key}`, scope: "download", iat, exp: iat + expiresIn });
  return `/object/sign/${bucket}/${key}?token=${token}`;
}
