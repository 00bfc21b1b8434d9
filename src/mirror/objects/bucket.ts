import type { Settings } from "../../settings.ts";
import { notConfirmed, type RemoteFailure } from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";
import { askStorage } from "./storage-failure.ts";

/** Concordance 10.1, row 5. */
const NEW_BUCKET = {
  public: false,
  fileSizeLimit: 10 * 1024 * 1024,
  allowedMimeTypes: ["application/json", "text/markdown"],
};

/**
 * Makes sure that the bucket is there and private; once a run, before its first object. One that exists keeps its settings,
 * but a public one is refused: whoever guesses an id could read what that user owns. Undefined: objects may be sent.
 */
export async function ensureBucket(supabase: Supabase, settings: Settings): Promise<RemoteFailure | undefined> {
  if (!settings.enableSupabaseUpload) return undefined;
  const bucket = settings.supabaseBucketName;
  const found = await findBucket(supabase, bucket);
  if (found !== "missing") return found;
  const made = await askStorage(supabase, () => supabase.client.storage.createBucket(bucket, NEW_BUCKET));
  // Whoever made it in the meantime may have made it public.
  if ("failure" in made && isDuplicate(made.failure)) {
    const again = await findBucket(supabase, bucket);
    return again === "missing" ? made.failure : again;
  }
  return "failure" in made ? made.failure : undefined;
}

/** Undefined: it is there and private. A public one is a failure. */
export async function findBucket(supabase: Supabase, bucket: string): Promise<RemoteFailure | "missing" | undefined> {
  const asked = await askStorage(supabase, () => supabase.client.storage.getBucket(bucket));
  if ("failure" in asked) return isMissing(asked.failure) ? "missing" : asked.failure;
  const answer: unknown = asked.data;
  if (!isBucket(answer) || answer.name !== bucket)
    return notConfirmed(`No description of the bucket ${bucket} came back.`);
  return answer.public ? publicBucket(bucket) : undefined;
}

const isBucket = (answer: unknown): answer is { name: string; public: boolean } =>
  typeof answer === "object" &&
  answer !== null &&
  "name" in answer &&
  "public" in answer &&
  typeof answer.public === "boolean";

const isMissing = ({ kind, code }: RemoteFailure): boolean =>
  kind !== "unavailable" && (code === "NoSuchBucket" || code === "404");

const isDuplicate = ({ code }: RemoteFailure): boolean =>
  ["BucketAlreadyExists", "ResourceAlreadyExists", "Duplicate", "409"].includes(code);

const publicBucket = (bucket: string): RemoteFailure => ({
  kind: "blocked",
  code: "public_bucket",
  message: `The bucket ${bucket} is public: anybody could read what users own. Make it private in the project's Storage settings, or name another one in SUPABASE_BUCKET_NAME.`,
});
