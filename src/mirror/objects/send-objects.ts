import { notConfirmed, type RemoteFailure } from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";
import type { MirroredObject } from "../stream.ts";
import { askStorage } from "./storage-failure.ts";

/** Readers may keep an object for so long; portfolios are analysed every 15 minutes (portfolio 17.12). */
const CACHE_SECONDS = "60";

/** Puts one object in its place, whatever was there. Undefined: it was accepted. */
export async function uploadObject(
  supabase: Supabase,
  bucket: string,
  key: string,
  { text, contentType }: MirroredObject,
): Promise<RemoteFailure | undefined> {
  // A string would be sent with a content type of the runtime's own.
  const body = new TextEncoder().encode(text);
  const sent = await askStorage(supabase, () =>
    supabase.client.storage.from(bucket).upload(key, body, { contentType, cacheControl: CACHE_SECONDS, upsert: true }),
  );
  if ("failure" in sent) return sent.failure;
  if (sent.data?.id && sent.data.fullPath === `${bucket}/${key}`) return undefined;
  return notConfirmed(`${key}: the upload was answered without its name.`);
}

/** Removes objects in one request; those that are not there are no failure. Undefined: none of them is there now. */
export async function removeObjects(
  supabase: Supabase,
  bucket: string,
  keys: readonly string[],
): Promise<RemoteFailure | undefined> {
  const sent = await askStorage(supabase, () => supabase.client.storage.from(bucket).remove([...keys]));
  if ("failure" in sent) return sent.failure;
  return Array.isArray(sent.data) ? undefined : notConfirmed("The removal was answered without a list.");
}
