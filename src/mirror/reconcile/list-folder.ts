import { askStorage } from "../objects/storage-failure.ts";
import { notConfirmed, type RemoteFailure } from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";

/** Storage's own default (T 2.5). */
const PAGE_ENTRIES = 100;
/** A hundred thousand users' folders. */
const MOST_PAGES = 1_000;

/** A file, or a folder, which has nothing but a name. */
export interface ListedEntry {
  name: string;
  isFolder: boolean;
  bytes: number | undefined;
  /** Without quotes; of small objects the md5 of their content. */
  etag: string | undefined;
}

type ListedPage = { entries: readonly ListedEntry[] } | { failure: RemoteFailure };

/** What lies in a folder, page by page, ordered by name; a folder that is not there is empty. A failure is the last page. */
export async function* listFolder(supabase: Supabase, bucket: string, folder: string): AsyncGenerator<ListedPage> {
  for (let page = 0; ; page++) {
    const offset = page * PAGE_ENTRIES;
    const answer =
      page < MOST_PAGES
        ? await askStorage(supabase, () =>
            supabase.client.storage.from(bucket).list(folder, { limit: PAGE_ENTRIES, offset }),
          )
        : { failure: { ...notConfirmed(""), message: "A folder in Storage has more than 100,000 entries." } };
    if ("failure" in answer) return void (yield answer);
    if (!Array.isArray(answer.data) || !answer.data.every(isEntry))
      return void (yield { failure: notConfirmed("Storage answered without a list of names.") });
    const entries = answer.data.map(readEntry);
    yield { entries };
    if (entries.length < PAGE_ENTRIES) return;
  }
}

interface Entry {
  name: string;
  id: unknown;
  metadata?: unknown;
}

const isEntry = (entry: unknown): entry is Entry =>
  typeof entry === "object" && entry !== null && "id" in entry && "name" in entry && typeof entry.name === "string";

function readEntry({ name, id, metadata }: Entry): ListedEntry {
  const { size, eTag } = (metadata ?? {}) as { size?: unknown; eTag?: unknown };
  return {
    name,
    isFolder: id === null,
    bytes: typeof size === "number" ? size : undefined,
    etag: typeof eTag === "string" ? eTag.replace(/^(?:W\/)?"(.*)"$/, "$1") : undefined,
  };
}

/** The whole folder at once, by name: for folders that should hold a handful. */
export async function listWholeFolder(
  supabase: Supabase,
  bucket: string,
  folder: string,
): Promise<{ entries: ReadonlyMap<string, ListedEntry> } | { failure: RemoteFailure }> {
  const entries = new Map<string, ListedEntry>();
  for await (const page of listFolder(supabase, bucket, folder)) {
    if ("failure" in page) return page;
    for (const entry of page.entries) if (!entry.isFolder) entries.set(entry.name, entry);
  }
  return { entries };
}
