import type { Sql, TransactionSql } from "postgres";
import type { Caller } from "../bearer.ts";

/** Metadata of buckets and objects in the real tables. */
export interface StorageDatabase {
  /** Bypasses policies, as the service's own bookkeeping does. */
  readonly service: Sql;
  /** One transaction under the caller's role and claims: policies decide. */
  asCaller<T>(caller: Caller, work: (transaction: TransactionSql) => Promise<T>): Promise<T>;
  /** The same, rolled back: whether the caller might. */
  rehearse(caller: Caller, work: (transaction: TransactionSql) => Promise<unknown>): Promise<void>;
}

class Rollback extends Error {}

/** `service` logs in as superuser, `authenticator` as the role that may become the API's three. */
export function createStorageDatabase(service: Sql, authenticator: Sql): StorageDatabase {
  const asCaller: StorageDatabase["asCaller"] = async (caller, work) =>
    (await authenticator.begin(async (transaction) => {
      await transaction`select
        set_config('role', ${caller.role}, true),
        set_config('request.jwt.claims', ${JSON.stringify(caller.claims)}, true),
        set_config('request.jwt.claim.sub', ${String(caller.claims.sub ?? "")}, true),
        set_config('request.jwt.claim.role', ${caller.role}, true),
        set_config('storage.allow_delete_query', 'true', true)`;
      return work(transaction);
    })) as never;
  return {
    service,
    asCaller,
    async rehearse(caller, work) {
      try {
        await asCaller(caller, async (transaction) => {
          await work(transaction);
          throw new Rollback();
        });
      } catch (error) {
        if (!(error instanceof Rollback)) throw error;
      }
    },
  };
}

export interface BucketRow {
  id: string;
  name: string;
  owner: string | null;
  public: boolean;
  /** int8, which the driver gives as text. */
  file_size_limit: string | null;
  allowed_mime_types: string[] | null;
  created_at: Date;
  updated_at: Date;
}

export interface ObjectMetadata {
  eTag: string;
  size: number;
  mimetype: string;
  cacheControl: string;
  lastModified: string;
  contentLength: number;
  httpStatusCode: 200;
}

export interface ObjectRow {
  id: string;
  bucket_id: string;
  name: string;
  owner: string | null;
  owner_id: string | null;
  version: string;
  created_at: Date;
  updated_at: Date;
  last_accessed_at: Date;
  metadata: ObjectMetadata | null;
  user_metadata: Record<string, unknown> | null;
}

export const OBJECT_COLUMNS =
  "id, bucket_id, name, owner, owner_id, version, created_at, updated_at, last_accessed_at, metadata, user_metadata";

/** The object as the caller may see it. */
export async function findObject(
  sql: Sql | TransactionSql,
  bucket: string,
  key: string,
): Promise<ObjectRow | undefined> {
  const rows = await sql.unsafe<ObjectRow[]>(
    `select ${OBJECT_COLUMNS} from storage.objects where bucket_id = $1 and name = $2`,
    [bucket, key],
  );
  return rows[0];
}

export async function findBucket(sql: Sql | TransactionSql, id: string): Promise<BucketRow | undefined> {
  const rows = await sql<BucketRow[]>`select * from storage.buckets where id = ${id}`;
  return rows[0];
}
