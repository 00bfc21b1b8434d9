import { invalidBucketName, invalidKey, invalidRequest } from "./errors.ts";

// The characters that S3 calls safe, and those that it handles specially: the service takes no others.
const KEY = /^[A-Za-z0-9_/!.*'() &$=@;:+,?-]+$/;
const BUCKET = /^[A-Za-z0-9_!.*'() &$=@;:+,?-]+$/;
const LONGEST_BUCKET_NAME = 100;

export function demandKey(key: string): void {
  if (!KEY.test(key)) throw invalidKey(key);
}

export function demandBucketName(name: unknown): asserts name is string {
  const valid =
    typeof name === "string" && name.length <= LONGEST_BUCKET_NAME && name.trim() === name && BUCKET.test(name);
  if (!valid) throw invalidBucketName();
}

const UNITS: Record<string, number> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 };

/** Bytes of `1048576`, `"1048576"` or `"1MB"`; null stays null. */
export function parseSize(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return value;
  const [, amount, unit = "b"] = /^(\d+(?:\.\d+)?)(gb|mb|kb|b)?$/i.exec(String(value)) ?? [];
  if (amount === undefined) throw invalidRequest("Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B");
  return Math.round(Number(amount) * UNITS[unit.toLowerCase()]!);
}

/** Compared literally, parameters included: `text/plain;charset=UTF-8` is not `text/plain`. */
export const allowsMimeType = (allowed: string[] | null, type: string): boolean =>
  !allowed ||
  allowed.length === 0 ||
  allowed.some(
    (entry) => entry === type || entry === "*/*" || (entry.endsWith("/*") && type.startsWith(entry.slice(0, -1))),
  );
