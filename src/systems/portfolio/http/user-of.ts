import { eq } from "drizzle-orm";
import type { Context } from "hono";
import type { Database } from "../../../db/index.ts";
import { type FileName, users } from "../../../db/schema/portfolio.ts";
import type { ServerEnv } from "../../../server/env.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { readableUser, unknownUser } from "../people/user-access.ts";
import { listFiles, loadFile, type StoredFile } from "../store/file-sets.ts";

/** The id of an existing user whom the request may read. Errors: 401, and 404 for foreign and unknown ids alike. */
export async function userOf(context: Context<ServerEnv>, idOrMe: string, db: Database): Promise<string> {
  const userId = readableUser(context.get("scope"), idOrMe);
  const [row] = await db.read.select({ userId: users.userId }).from(users).where(eq(users.userId, userId)).limit(1);
  if (row) return row.userId;
  throw unknownUser(idOrMe);
}

/** A file of the user `userOf` found. Errors: 404 `no_positions` or `no_file_yet`, by why there is none. */
export async function fileOf(
  userId: string,
  name: FileName,
  { read }: Database,
): Promise<StoredFile & { content: string }> {
  const file = await loadFile(read, userId, name);
  if (file) return file;
  throw (await listFiles(read, userId)).length > 0 ? noPositions(name) : noFileYet();
}

/** What 404 means where a user's file is asked for. */
export const NO_FILE =
  "`unknown_user`: there is no such user, or not for this token. `no_file_yet`: no cycle has served the user. `no_positions`: the user holds nothing, so there are the market's two files only.";

const noFileYet = () =>
  new HttpProblem(404, "no_file_yet", "There are no files of this user yet. portfolio_cycle makes the first ones.");

const noPositions = (name: FileName) =>
  new HttpProblem(404, "no_positions", `There is no ${name}: this user has no positions, only the market's two files.`);
