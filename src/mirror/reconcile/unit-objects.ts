import { VigiaError } from "../../kit/errors.ts";
import { objectKey } from "../objects/object-key.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import { columnOf, type KeyValue, type MirroredObject, type ObjectStream, parseKey } from "../stream.ts";
import { type ListedEntry, listWholeFolder } from "./list-folder.ts";
import type { ReconcileTask } from "./task.ts";

/** Where a unit's objects lie, by their names; undefined for a key that Storage cannot have. */
function pathsOf(
  stream: ObjectStream,
  key: readonly KeyValue[],
  prefix: string | undefined,
): ReadonlyMap<string, string> | undefined {
  try {
    return new Map(stream.names.map((name) => [name, objectKey(prefix, stream.path(key, name))]));
  } catch (thrown) {
    if (thrown instanceof VigiaError && thrown.code === "bad_object_key") return undefined;
    throw thrown;
  }
}

/** The objects among these paths that lie in Storage. */
export async function listObjects(
  { supabase, parts }: Pick<ReconcileTask, "supabase" | "parts">,
  paths: Iterable<string>,
): Promise<{ found: ReadonlyMap<string, ListedEntry> } | { failure: RemoteFailure }> {
  const wanted = Map.groupBy(paths, folderOf);
  const found = new Map<string, ListedEntry>();
  for (const [folder, inFolder] of wanted) {
    const listed = await listWholeFolder(supabase, parts.settings.supabaseBucketName, folder);
    if ("failure" in listed) return listed;
    for (const path of inFolder) {
      const entry = listed.entries.get(path.slice(folder === "" ? 0 : folder.length + 1));
      if (entry) found.set(path, entry);
    }
  }
  return { found };
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/**
 * Whether this text lies there, as far as size and md5 tell: objects that were sent in parts have another kind of tag, of
 * which only the size can be compared.
 */
export function isContent({ text }: MirroredObject, { bytes, etag }: ListedEntry): boolean {
  const body = new TextEncoder().encode(text);
  if (bytes !== body.byteLength) return false;
  return etag !== undefined && /^[0-9a-f]{32}$/i.test(etag)
    ? etag.toLowerCase() === new Bun.CryptoHasher("md5").update(body).digest("hex")
    : true;
}

const PROBE = "probe";

/**
 * The folder that holds one folder for each unit; undefined where a unit's key cannot be read out of a path, which takes a key
 * of one text that is a folder's whole name.
 */
export function unitsFolder(stream: ObjectStream, prefix: string | undefined): string | undefined {
  const [path] = pathsOf(stream, [PROBE], prefix)?.values() ?? [];
  const [column, ...others] = stream.key;
  if (others.length > 0 || columnOf(stream, column!).kind !== "text" || path === undefined) return undefined;
  const parts = path.split("/");
  const at = parts.lastIndexOf(PROBE, parts.length - 2);
  return at === -1 ? undefined : parts.slice(0, at).join("/");
}

export const unitPaths = (stream: ObjectStream, unit: string, prefix: string | undefined) =>
  pathsOf(stream, parseKey(unit), prefix);
