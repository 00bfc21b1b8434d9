import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { VigiaError } from "../../kit/errors.ts";
import { codeOf, writeDurably } from "./durable-files.ts";

const instant = z.iso.datetime();
const count = z.number().int().nonnegative();

const manifestSchema = z.object({
  version: z.literal(1),
  target: z.literal("local"),
  created_at: instant,
  duration_ms: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: count,
  server_version: z.string(),
  /** Name of the newest migration; null for a database without any. */
  migration: z.string().nullable(),
  /** Rows of each table. */
  tables: z.record(z.string(), count),
  tool: z.string(),
  /** Whether it was made to save what a restore was about to replace. */
  safety_copy: z.boolean().default(false),
  verified_at: instant.nullable(),
  verify_problem: z.string().nullable(),
});

/** What lies beside a copy and says what must be in it. */
export type Manifest = z.infer<typeof manifestSchema>;

/** A house of a hundred tables fills 5 kB. */
const MAX_BYTES = 1_000_000;

/** `…/name.db` -> `…/name.json`. */
export const manifestPath = (backupFile: string): string => backupFile.replace(/\.db$/, ".json");

/** Errors: `backup_manifest_missing`, `backup_manifest_damaged`. */
export async function loadManifest(backupFile: string): Promise<Manifest> {
  const path = manifestPath(backupFile);
  let content: unknown;
  try {
    if ((await stat(path)).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") throw missing(path, cause);
    throw damaged(path, "it is no JSON, or cut off", cause);
  }
  const { success, data, error } = manifestSchema.safeParse(content);
  if (success) return data;
  const [issue] = error.issues;
  throw damaged(path, `${issue?.path.join(".") || "its content"} is wrong`, error);
}

export async function saveManifest(backupFile: string, manifest: Manifest): Promise<void> {
  await writeDurably(manifestPath(backupFile), `${JSON.stringify(manifest, null, 2)}\n`);
}

const HINT = "Nothing says what must be in the copy, so it is neither verified nor restored: use another backup.";

const missing = (path: string, cause: unknown) =>
  new VigiaError("backup_manifest_missing", `The manifest ${path} is not there.`, { hint: HINT, cause });

const damaged = (path: string, why: string, cause: unknown) =>
  new VigiaError("backup_manifest_damaged", `The manifest ${path} cannot be used: ${why}.`, { hint: HINT, cause });
