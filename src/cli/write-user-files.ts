import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode, VigiaError } from "../kit/errors.ts";
import { callApi, query } from "./api.ts";
import type { Connection } from "./connection.ts";

interface FileList {
  items: { name: string }[];
}

/** Users asked for in one call. */
const USERS_A_PAGE = 200;

/**
 * Writes the stored files of one user, or of all, to `folder/<user id>/<name>`; each file appears whole or not at all.
 * Errors: those of the API, `folder_unwritable`.
 */
export async function writeUserFiles(
  connection: Connection,
  folder: string,
  onlyUser?: string,
): Promise<{ files: number; users: number }> {
  const written = { files: 0, users: 0 };
  for await (const userId of onlyUser === undefined ? allUsers(connection) : [onlyUser]) {
    const path = `/api/portfolio/users/${encodeURIComponent(userId)}/files`;
    const { items } = await callApi<FileList>(connection, path);
    for (const { name } of items) {
      const response = await connection.fetch(`${path}/${name}`);
      if (!response.ok)
        throw new VigiaError("file_missing", `${name} of user ${userId} could not be read (${response.status}).`);
      writeWhole(folderOf(folder, userId), name, new Uint8Array(await response.arrayBuffer()));
      written.files++;
    }
    if (items.length > 0) written.users++;
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

/** An id that came from elsewhere must not lead out of the folder. */
function folderOf(folder: string, userId: string): string {
  if (/^[\w-]+$/.test(userId)) return join(folder, userId);
  throw new VigiaError("bad_user_id", `The user id ${JSON.stringify(userId)} cannot be the name of a folder.`);
}

function writeWhole(folder: string, name: string, bytes: Uint8Array): void {
  try {
    mkdirSync(folder, { recursive: true });
    const temporary = join(folder, `.${name}.part`);
    writeFileSync(temporary, bytes);
    renameSync(temporary, join(folder, name));
  } catch (cause) {
    throw new VigiaError("folder_unwritable", `${join(folder, name)} cannot be written (${errorCode(cause)}).`, {
      hint: "Name a folder that this user may write.",
      cause,
    });
  }
}
