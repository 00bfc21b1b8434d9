import { eq } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { users } from "../../db/schema/index.ts";

/** Whether someone's own token may count: read again for each request, so that switching a user off counts at once. */
export async function userIsActive(db: Pick<Database, "read">, userId: string): Promise<boolean> {
  const [row] = await db.read.select({ active: users.active }).from(users).where(eq(users.userId, userId)).limit(1);
  return row?.active === true;
}
