import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FILE_NAMES } from "../db/schema/portfolio.ts";
import { errorCode, VigiaError } from "../kit/errors.ts";
import { callApi, query } from "./api.ts";
import type { Connection } from "./connection.ts";

interface FileList {
  items: { name: string; revision: number }[];
}

/** Users asked for in one call. */
const USERS_A_PAGE = 200;
/** Readings of one user's files until all are of one revision; cycles are minutes apart. */
const TRIES = 5;

/**
 * Writes the stored files of one user, or of all, to `folder/<user id>/<name>`: a user's files are those of one cycle, and
 * those that the user no longer has are removed. Each file appears whole or not at all.
 * Errors: those of the API, `files_changing`, `file_missing`, `folder_unwritable`.
 */
export async function writeUserFiles(
  connection: Connection,
  folder: string,
  onlyUser?: string,
): Promise<{ files: number; users: number }> {
  const written = { files: 0, users: 0 };
  for await (const userId of onlyUser === undefined ? allUsers(connection) : [onlyUser]) {
    const texts = await fetchSet(connection, userId);
    writeSet(folderOf(folder, userId), texts);
    written.files += texts.size;
    if (texts.size > 0) written.users++;
  }
  return written;
}

async function* allUsers(connection: Connection): AsyncGenerator<string> {
  let cursor: string | null | undefined;
  do {
    const page = await callApi<{ items: { user_id: string }[]; next_cursor: string | null }>(
      connection,
      `/api/portfolio/users${query({ limit: USERS_A_PAGE, cursor: cursor ?? undefined })}`,
    );
    for (const { user_id } of page.items) yield user_id;
    cursor = page.next_cursor;
  } while (cursor);
}

type Texts = ReadonlyMap<string, Uint8Array>;

async function fetchSet(connection: Connection, userId: string): Promise<Texts> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const texts = await fetchRevision(connection, userId);
    if (texts) return texts;
  }
  throw new VigiaError("files_changing", `The files of user ${userId} changed ${TRIES} times while they were read.`, {
    hint: "Try again when the cycle has ended.",
    retryable: true,
  });
}

/** Undefined when a cycle replaced the files after they were listed. */
async function fetchRevision(connection: Connection, userId: string): Promise<Texts | undefined> {
  const path = `/api/portfolio/users/${encodeURIComponent(userId)}/files`;
  const { items } = await callApi<FileList>(connection, path);
  const texts = new Map<string, Uint8Array>();
  for (const { name, revision } of items) {
    const response = await connection.fetch(`${path}/${name}`);
    if (response.status === 404) return undefined;
    if (!response.ok)
      throw new VigiaError("file_missing", `${name} of user ${userId} could not be read (${response.status}).`);
    if (response.headers.get("X-Revision") !== String(revision)) return undefined;
    texts.set(name, new Uint8Array(await response.arrayBuffer()));
  }
  return texts;
}

/** An id that came from elsewhere must not lead out of the folder. */
function folderOf(folder: string, userId: string): string {
  if (/^[\w-]+$/.test(userId)) return join(folder, userId);
  throw new VigiaError("bad_user_id", `The user id ${JSON.stringify(userId)} cannot be the name of a folder.`);
}

function writeSet(folder: string, texts: Texts): void {
  try {
    if (texts.size > 0) mkdirSync(folder, { recursive: true });
    for (const name of FILE_NAMES) if (!texts.has(name)) rmSync(join(folder, name), { force: true });
    for (const [name, bytes] of texts) writeWhole(folder, name, bytes);
  } catch (cause) {
    throw new VigiaError("folder_unwritable", `The files in ${folder} cannot be written (${errorCode(cause)}).`, {
      hint: "Name a folder that this user may write.",
      cause,
    });
  }
}

function writeWhole(folder: string, name: string, bytes: Uint8Array): void {
  const temporary = join(folder, `.${name}.part`);
  writeFileSync(temporary, bytes);
  renameSync(temporary, join(folder, name));
}
