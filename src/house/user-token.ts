import { decodeJwt } from "jose";
import { createSystemClock } from "../kit/clock.ts";
import { seconds } from "../kit/duration.ts";
import { VigiaError } from "../kit/errors.ts";
import { createIds } from "../kit/ids.ts";
import { loadSecretKey, mintSelfToken, userIsActive } from "../server/identity/index.ts";
import type { Settings } from "../settings.ts";
import { openOwnStore } from "./own-store.ts";

export interface UserTokenRequest {
  settings: Settings;
  dataDir: string;
  userId: string;
  lifetimeDays: number;
}

export interface UserToken {
  token: string;
  expiresAt: Date;
}

/**
 * A token for one active user of this data directory, whether or not a process runs on it: the user is looked up in the
 * database and the token is signed here, because no route issues tokens. Errors: `unknown_user`, `db_unreadable`.
 */
export async function mintUserToken(request: UserTokenRequest): Promise<UserToken> {
  const { settings, dataDir, userId, lifetimeDays } = request;
  if (!(await isActiveUser(request))) throw unknownUser(userId, dataDir);
  const clock = createSystemClock();
  const secretKey = loadSecretKey(dataDir, settings);
  const token = await mintSelfToken({ userId, days: lifetimeDays, secretKey, clock, ids: createIds(clock) });
  return { token, expiresAt: new Date(seconds(decodeJwt(token).exp ?? 0)) };
}

async function isActiveUser({ settings, dataDir, userId }: UserTokenRequest): Promise<boolean> {
  const store = await openOwnStore(settings, dataDir);
  if (!store) return false;
  try {
    return await store.read("users", (db) => userIsActive(db, userId));
  } finally {
    store.close();
  }
}

const unknownUser = (userId: string, dataDir: string) =>
  new VigiaError("unknown_user", `There is no active user ${userId} in ${dataDir}.`, {
    hint: "Check the id, and VIGIA_DATA_DIR; a user who was switched off gets no token.",
  });
