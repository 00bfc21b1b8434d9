import type { ObjectRow } from "./database.ts";
import { invalidRequest } from "./errors.ts";
import type { StorageRequest } from "./request.ts";

interface ListBody {
  prefix?: string;
  limit?: number;
  offset?: number;
  search?: string;
  sortBy?: { column?: string; order?: string };
}

const SORTABLE = ["name", "updated_at", "created_at", "last_accessed_at"] as const;
type Column = (typeof SORTABLE)[number];

type Entry = Pick<ObjectRow, Column | "metadata"> & { id: string };
type Listed = Entry | { [Field in keyof Entry]: Field extends "name" ? string : null };

/** One level below a prefix: files, and folders with nothing but a name. A missing or hidden bucket is an empty list. */
export async function listObjects({ parts, caller, bucket, json }: StorageRequest): Promise<Response> {
  const body = await json<ListBody>();
  const { prefix, limit = 100, offset = 0, search = "", sortBy = {} } = body;
  if (typeof prefix !== "string") throw invalidRequest("body must have required property 'prefix'");
  const column = (sortBy.column ?? "name") as Column;
  if (!SORTABLE.includes(column)) {
    throw invalidRequest("body/sortBy/column must be equal to one of the allowed values");
  }
  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const pattern = `${`${folder}${search}`.replace(/[\\%_]/g, "\\$&")}%`;
  const rows = await parts.database.asCaller(
    caller,
    (sql) => sql<Entry[]>`
      select id, name, updated_at, created_at, last_accessed_at, metadata from storage.objects
      where bucket_id = ${bucket} and name ilike ${pattern} and name <> ${folder}`,
  );
  const listed = sort(oneLevel(rows, folder.length), column, sortBy.order === "desc");
  return Response.json(listed.slice(offset, offset + limit));
}

function oneLevel(rows: readonly Entry[], prefixLength: number): Listed[] {
  const listed: Listed[] = [];
  const folders = new Set<string>();
  for (const row of rows) {
    const [name = "", ...deeper] = row.name.slice(prefixLength).split("/");
    if (deeper.length === 0) listed.push({ ...row, name });
    else folders.add(name);
  }
  for (const name of folders) {
    listed.push({ name, id: null, updated_at: null, created_at: null, last_accessed_at: null, metadata: null });
  }
  return listed;
}

/** Folders take part in the order of names; they have no dates, and come first in any other order. */
function sort(listed: Listed[], column: Column, descending: boolean): Listed[] {
  const compare = (a: Listed, b: Listed): number => {
    if (column !== "name" && (a.id === null) !== (b.id === null)) return a.id === null ? -1 : 1;
    const sign = descending ? -1 : 1;
    const [left, right] =
      column === "name" || a.id === null ? [a.name, b.name] : [Number(a[column]), Number(b[column])];
    if (left !== right) return left < right ? -sign : sign;
    return a.name < b.name ? -1 : 1;
  };
  return listed.sort(compare);
}
