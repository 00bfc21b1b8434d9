import { and, count, eq, inArray, notExists } from "drizzle-orm";
import type { Writer } from "../../../db/index.ts";
import {
  portfolioAlerts,
  portfolioConfig,
  portfolioContents,
  portfolioFiles,
  portfolioResults,
  users,
} from "../../../db/schema/portfolio.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { unknownUser } from "./user-access.ts";
import type { ConfigView } from "./user-views.ts";

/** What an operator says of a user; null clears. */
export interface PersonFields {
  email?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  timezone?: string | null;
  active?: boolean;
}

/** What goes with a user when they are removed. */
export interface RemovedUser {
  files: number;
  alerts: number;
}

/** Error: 409 `user_exists`. */
export async function insertUser(
  tx: Writer,
  { userId, at, fields }: { userId: string; at: string; fields: PersonFields },
): Promise<void> {
  const row = { userId, ...fields, source: "local" as const, createdAt: at, updatedAt: at };
  const added = await tx.insert(users).values(row).onConflictDoNothing().returning({ userId: users.userId });
  if (added.length === 0) throw new HttpProblem(409, "user_exists", `There is a user ${userId} already.`);
}

/** Only the keys that are there change. */
export async function updateUser(
  tx: Writer,
  { userId, at, fields }: { userId: string; at: string; fields: PersonFields },
): Promise<void> {
  await tx
    .update(users)
    .set({ ...fields, updatedAt: at })
    .where(eq(users.userId, userId));
}

/** Keys that are not there keep their value, or take the table's default; null removes the configuration. */
export async function saveConfig(tx: Writer, userId: string, config: Partial<ConfigView> | null): Promise<void> {
  if (config === null) {
    await tx.delete(portfolioConfig).where(eq(portfolioConfig.userId, userId));
    return;
  }
  const { portfolio_tickers, scan_sp500, scan_crypto, max_candidates } = config;
  const columns = {
    ...(portfolio_tickers === undefined ? {} : { portfolioTickers: portfolio_tickers }),
    ...(scan_sp500 === undefined ? {} : { scanSp500: scan_sp500 }),
    ...(scan_crypto === undefined ? {} : { scanCrypto: scan_crypto }),
    ...(max_candidates === undefined ? {} : { maxCandidates: max_candidates }),
  };
  const insert = tx.insert(portfolioConfig).values({ userId, ...columns });
  await (Object.keys(columns).length === 0
    ? insert.onConflictDoNothing()
    : insert.onConflictDoUpdate({ target: portfolioConfig.userId, set: columns }));
}

/** Removes a user with everything that is theirs: positions, configuration, files with their texts, alerts, results. */
export async function deleteUser(tx: Writer, userId: string): Promise<RemovedUser> {
  const files = await tx
    .select({ sha256: portfolioFiles.sha256 })
    .from(portfolioFiles)
    .where(eq(portfolioFiles.userId, userId));
  const [alerts] = await tx.select({ count: count() }).from(portfolioAlerts).where(eq(portfolioAlerts.userId, userId));
  await tx.delete(portfolioResults).where(eq(portfolioResults.userId, userId));
  await tx.delete(users).where(eq(users.userId, userId));
  const hashes = files.map(({ sha256 }) => sha256);
  // The market's pair is stored once for everybody: a text goes with its last owner.
  const owners = tx
    .select({ sha256: portfolioFiles.sha256 })
    .from(portfolioFiles)
    .where(eq(portfolioFiles.sha256, portfolioContents.sha256));
  await tx.delete(portfolioContents).where(and(inArray(portfolioContents.sha256, hashes), notExists(owners)));
  return { files: files.length, alerts: alerts?.count ?? 0 };
}

/** The user is there and kept here. Errors: 404 `unknown_user`; 409 `read_only_user` for one that Supabase keeps. */
export async function requireEditable(tx: Writer, userId: string): Promise<void> {
  const [user] = await tx.select({ source: users.source }).from(users).where(eq(users.userId, userId)).limit(1);
  if (!user) throw unknownUser(userId);
  if (user.source === "supabase")
    throw new HttpProblem(
      409,
      "read_only_user",
      `User ${userId} is copied from Supabase and cannot be changed here. Change it there; the next copy brings it.`,
    );
}
