import { eq } from "drizzle-orm";
import type { Context } from "hono";
import type { Database } from "../../../db/index.ts";
import { users } from "../../../db/schema/portfolio.ts";
import type { ServerEnv } from "../../../server/env.ts";
import { readableUser, unknownUser } from "../people/user-access.ts";

/** The id of an existing user whom the request may read. Errors: 401, and 404 for foreign and unknown ids alike. */
export async function userOf(context: Context<ServerEnv>, idOrMe: string, db: Database): Promise<string> {
  const userId = readableUser(context.get("scope"), idOrMe);
  const [row] = await db.read.select({ userId: users.userId }).from(users).where(eq(users.userId, userId)).limit(1);
  if (row) return row.userId;
  throw unknownUser(idOrMe);
}
