import type { Database } from "../../../db/index.ts";
import type { Scope } from "../../../db/scope.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { HttpProblem } from "../../../server/problem.ts";
import type { DirectoryRules } from "./holdings.ts";
import { importPositions, type PositionsFile, type PositionsReport } from "./import-positions.ts";
import { deletePortfolio, type Lot, MAX_ASSETS, roomFor, savePortfolio } from "./portfolio-writes.ts";
import { readableUser, requireAllUsers, unknownUser } from "./user-access.ts";
import { listUsers, loadUser, type UserQuery } from "./user-reads.ts";
import type { ConfigView, UserDetail, UserSummary } from "./user-views.ts";
import {
  deleteUser,
  insertUser,
  type PersonFields,
  type RemovedUser,
  requireEditable,
  saveConfig,
  updateUser,
} from "./user-writes.ts";

export interface UserRecordsOptions extends DirectoryRules {
  db: Database;
  clock: Clock;
  ids: Ids;
}

export interface UserChanges extends PersonFields {
  /** Null removes it. */
  config?: Partial<ConfigView> | null;
}

/**
 * Users as one scope may see and change them. Reading: own, or all for who operates the house. Everything else is for
 * the latter. Errors: 401, 403, 404 `unknown_user` (foreign ids too), 409 `read_only_user`, `user_exists`.
 */
export interface UserRecords {
  /** `me` is the scope's own user. */
  get(idOrMe: string): Promise<UserDetail>;
  list(query: UserQuery): Promise<UserSummary[]>;
  /** Without `userId` a new id is made. */
  create(user: UserChanges & { userId?: string }): Promise<UserDetail>;
  update(userId: string, changes: UserChanges): Promise<UserDetail>;
  remove(userId: string): Promise<RemovedUser>;
  /** Errors also: 422 `too_many_assets`. */
  replacePortfolio(
    userId: string,
    portfolio: { name: string; description?: string | null | undefined; lots: readonly Lot[] },
  ): Promise<{ user: UserDetail; created: boolean }>;
  /** Errors also: 404 `unknown_portfolio`. */
  removePortfolio(userId: string, name: string): Promise<void>;
  /** Errors also: those of `importPositions`. */
  importPositions(file: PositionsFile): Promise<PositionsReport>;
}

/** People kept here, for administrators and for themselves. */
export function createUserRecords({ db, clock, ids, ...rules }: UserRecordsOptions): {
  for(scope: Scope | undefined): UserRecords;
} {
  const load = async (userId: string): Promise<UserDetail> => {
    const user = await loadUser(db, userId, rules);
    if (!user) throw unknownUser(userId);
    return user;
  };
  const now = () => clock.now().toISOString();

  const all: Omit<UserRecords, "get"> = {
    list: (query) => listUsers(db, query),
    async create({ userId = ids.uuid(), config, ...fields }) {
      await db.write(async (tx) => {
        await insertUser(tx, { userId, at: now(), fields });
        if (config) await saveConfig(tx, userId, config);
      });
      return load(userId);
    },
    async update(userId, { config, ...fields }) {
      await db.write(async (tx) => {
        await requireEditable(tx, userId);
        await updateUser(tx, { userId, at: now(), fields });
        if (config !== undefined) await saveConfig(tx, userId, config);
      });
      return load(userId);
    },
    remove: (userId) =>
      db.write(async (tx) => {
        await requireEditable(tx, userId);
        return deleteUser(tx, userId);
      }),
    async replacePortfolio(userId, portfolio) {
      const created = await db.write(async (tx) => {
        await requireEditable(tx, userId);
        const room = await roomFor(tx, userId, [portfolio.name]);
        if (portfolio.lots.length > room) throw tooManyAssets(portfolio.lots.length, room);
        await updateUser(tx, { userId, at: now(), fields: {} });
        return savePortfolio(tx, ids, { userId, ...portfolio });
      });
      return { user: await load(userId), created };
    },
    removePortfolio: (userId, name) =>
      db.write(async (tx) => {
        await requireEditable(tx, userId);
        await deletePortfolio(tx, userId, name);
        await updateUser(tx, { userId, at: now(), fields: {} });
      }),
    importPositions: (file) => importPositions(file, { db, clock, ids }),
  };

  return {
    for(scope) {
      const house = () => {
        requireAllUsers(scope);
        return all;
      };
      return {
        async get(idOrMe) {
          const user = await loadUser(db, readableUser(scope, idOrMe), rules);
          if (!user) throw unknownUser(idOrMe);
          return user;
        },
        list: async (query) => house().list(query),
        create: async (user) => house().create(user),
        update: async (userId, changes) => house().update(userId, changes),
        remove: async (userId) => house().remove(userId),
        replacePortfolio: async (userId, portfolio) => house().replacePortfolio(userId, portfolio),
        removePortfolio: async (userId, name) => house().removePortfolio(userId, name),
        importPositions: async (file) => house().importPositions(file),
      };
    },
  };
}

const tooManyAssets = (wanted: number, room: number) =>
  new HttpProblem(
    422,
    "too_many_assets",
    `A user holds at most ${MAX_ASSETS} assets; there is room for ${room} here and ${wanted} were sent.`,
  );
