import { stat } from "node:fs/promises";
import { toError, VigiaError } from "../kit/errors.ts";

/** The largest file that an import takes; the server refuses more. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** Errors (`file_unreadable`, naming the path): nothing there, a directory, a pipe or device, no permission. */
export async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch((thrown) => {
    throw unreadable(path, codeOf(thrown) === "ENOENT" ? "does not exist" : `cannot be read (${codeOf(thrown)})`);
  });
  if (found.isDirectory()) throw unreadable(path, "is a directory");
  // A pipe without a writer would be waited for without end.
  if (!found.isFile()) throw unreadable(path, "is not a regular file");
}

/** A whole UTF-8 text file. Errors (`file_unreadable`): those of `checkFile`, too large, not text. */
export async function readTextFile(path: string): Promise<string> {
  await checkFile(path);
  const file = Bun.file(path);
  if (file.size > MAX_TEXT_BYTES) throw unreadable(path, "is larger than 64 MB");
  const bytes = await file.bytes().catch((thrown) => {
    throw unreadable(path, `cannot be read (${codeOf(thrown)})`);
  });
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Said below: both kinds of content are no text.
  }
  throw unreadable(path, "is not a UTF-8 text file");
}

const codeOf = (thrown: unknown): string => {
  const error = toError(thrown);
  return "code" in error ? String(error.code) : error.name;
};

const unreadable = (path: string, problem: string) =>
  new VigiaError("file_unreadable", `${path} ${problem}.`, { hint: "Name a CSV file." });
