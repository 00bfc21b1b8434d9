import { VigiaError } from "../../kit/errors.ts";
import { isObjectPath } from "../../kit/setting-values.ts";

/** Storage keeps keys in a column of this size. */
const LONGEST_KEY_BYTES = 1024;

/**
 * Key of an object within the bucket: the configured prefix, if any, and the path below it. Error: `bad_object_key` for a path
 * that an address parser or Storage would read otherwise than it is written; with the service key such a path could end up in
 * another user's folder.
 */
export function objectKey(prefix: string | undefined, path: string): string {
  const key = prefix === undefined || prefix === "" ? path : `${prefix}/${path}`;
  const problem = problemOf(key);
  if (problem === undefined) return key;
  throw new VigiaError("bad_object_key", `The Storage key ${shown(key)} ${problem}.`, {
    hint: "Use folders and names of A-Z a-z 0-9 _ - . with one / between them; accents have to be written without.",
  });
}

function problemOf(key: string): string | undefined {
  if (key.length > LONGEST_KEY_BYTES) return `is longer than ${LONGEST_KEY_BYTES} bytes`;
  const parts = key.split("/");
  if (parts.includes("..") || parts.includes(".")) return "holds a . or .. part";
  if (parts.includes("")) return "is empty, holds an empty part, or begins or ends with /";
  // A space at the end of an address is cut off.
  if (parts.some((part) => part.trim() !== part)) return "holds a part that begins or ends with a space";
  return isObjectPath(key) ? undefined : "holds a character that Storage refuses or an address would not carry";
}

/** Control characters and the like would garble the message. */
const shown = (key: string): string => JSON.stringify(key.slice(0, 120).replace(/[^\x20-\x7e]/g, "?"));
