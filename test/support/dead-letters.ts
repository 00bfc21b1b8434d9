import { openDatabase } from "../../src/db/index.ts";
import { databaseLocation } from "../../src/db/location.ts";
import { deadLetters } from "../../src/db/schema/mirror.ts";

/** Where nobody listens: the mirror is on, and everything that it sends stays owed. */
export const NOWHERE = {
  SUPABASE_URL: "http://127.0.0.1:9",
  SUPABASE_SERVICE_ROLE_KEY: `sb_secret_${"x".repeat(31)}`,
} as const;

/** Files open letters of the queues `mirror` (with these ids) and `erp` (`erp-` before them), as refused rows leave them. */
export async function fileLetters(dataDir: string, ids: readonly string[]): Promise<void> {
  const store = await openDatabase(databaseLocation(undefined, dataDir));
  const at = "2024-03-08T12:00:00.000Z";
  const letters = ids.flatMap((id) => [
    { id, queue: "mirror" as const, key: `["${id}"]` },
    { id: `erp-${id}`, queue: "erp" as const, key: `["${id}"]` },
  ]);
  await store.write(async (tx) => {
    for (const letter of letters)
      await tx.insert(deadLetters).values({
        ...letter,
        subject: "tenants",
        errorType: "rejected",
        code: "23514",
        message: "It was refused.",
        payload: { tenant_id: letter.id },
        firstFailedAt: at,
        lastFailedAt: at,
      });
  });
  store.close();
}
