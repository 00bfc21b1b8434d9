import { eq } from "drizzle-orm";
import type { Database, Writer } from "../../../db/index.ts";
import { users } from "../../../db/schema/portfolio.ts";
import { type Clock, yieldToEventLoop } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { canonicalUserId } from "./person-fields.ts";
import { MAX_ASSETS, roomFor, savePortfolio } from "./portfolio-writes.ts";
import { ProblemList } from "./problem-list.ts";
import { readPositions, type UserPositions } from "./read-positions.ts";
import { unknownUser } from "./user-access.ts";
import { insertUser, updateUser } from "./user-writes.ts";

export interface PositionsFile {
  /** Without its folder; named in problems. */
  name: string;
  text: string;
  /** The one user whose positions these are; without it the file's column `user_id` says so, line by line. */
  userId?: string | undefined;
  /** Portfolio of lines that name none. Default: `Principal`. */
  portfolio?: string | undefined;
}

export interface PositionsReport {
  file: string;
  /** Lines with data. */
  rows: number;
  /** Lines that were stored. */
  stored: number;
  /** Users whose positions were replaced. */
  users: number;
  /** Of these, the ones who were new. */
  created: number;
  /** `file.csv line 12: …`; these lines were left out, the others stored. */
  problems: string[];
}

const DEFAULT_PORTFOLIO_NAME = "Principal";

/**
 * Stores positions from a CSV file: each portfolio that the file names for a user holds exactly the file's lines
 * afterwards, other portfolios stay. One transaction a user. Users whom the file names by uuid are made if there are
 * none. Errors, with which nothing is stored: `bad_csv`, `bad_header`, `too_many_lines`, `too_many_users`,
 * `user_missing`, and 404 `unknown_user` for the user named for the file.
 */
export async function importPositions(
  { name: file, text, portfolio = DEFAULT_PORTFOLIO_NAME, ...of }: PositionsFile,
  deps: { db: Database; clock: Clock; ids: Ids },
): Promise<PositionsReport> {
  const { db } = deps;
  const userId = of.userId === undefined ? undefined : canonicalUserId(of.userId);
  if (userId !== undefined && !(await sourceOf(db.read, userId))) throw unknownUser(userId);
  const problems = new ProblemList();
  const read = await readPositions(text, { file, userId, portfolio, problems });
  const report = { file, rows: read.rows, stored: 0, users: 0, created: 0 };
  for (const positions of read.users.values()) {
    const saved = await saveUser(positions, deps);
    if (saved.problem) problems.add(`${file}: ${saved.problem}`);
    report.stored += saved.stored;
    if (saved.stored > 0) report.users++;
    if (saved.created) report.created++;
    await yieldToEventLoop();
  }
  return { ...report, problems: problems.toJSON() };
}

interface Saved {
  stored: number;
  created: boolean;
  problem?: string;
}

function saveUser(
  positions: UserPositions,
  { db, clock, ids }: { db: Database; clock: Clock; ids: Ids },
): Promise<Saved> {
  const { userId, email, firstName, lastName, portfolios } = positions;
  const at = clock.now().toISOString();
  return db.write(async (tx) => {
    const source = await sourceOf(tx, userId);
    if (source === "supabase") return { stored: 0, created: false, problem: readOnly(userId) };
    if (source) await updateUser(tx, { userId, at, fields: {} });
    else await insertUser(tx, { userId, at, fields: { email, firstName, lastName } });
    let room = source ? await roomFor(tx, userId, [...portfolios.keys()]) : MAX_ASSETS;
    let stored = 0;
    for (const [name, lots] of portfolios) {
      const fitting = lots.slice(0, room);
      room -= fitting.length;
      if (fitting.length === 0) continue;
      await savePortfolio(tx, ids, { userId, name, lots: fitting });
      stored += fitting.length;
    }
    const beyond = positions.lots - stored + positions.beyond;
    return { stored, created: !source, ...(beyond > 0 ? { problem: tooMany(userId, beyond) } : {}) };
  });
}

async function sourceOf(read: Pick<Writer, "select">, userId: string): Promise<string | undefined> {
  const [user] = await read.select({ source: users.source }).from(users).where(eq(users.userId, userId)).limit(1);
  return user?.source;
}

const readOnly = (userId: string) =>
  `user_id "${userId}" is copied from Supabase and cannot be changed here. Change the positions there.`;

const tooMany = (userId: string, beyond: number) =>
  `user_id "${userId}" holds at most ${MAX_ASSETS} assets, so lines were left out: ${beyond}. Join lots of the same symbol.`;
