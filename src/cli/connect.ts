import { resolve } from "node:path";
import { HOUSE_TENANT } from "../db/scope.ts";
import { readSettings } from "../environment.ts";
import { openHouse, openLog } from "../house/index.ts";
import { type LockInfo, readLock } from "../jobs/process-lock.ts";
import { createSystemClock } from "../kit/clock.ts";
import { seconds } from "../kit/duration.ts";
import { errorCode, VigiaError } from "../kit/errors.ts";
import { createIds } from "../kit/ids.ts";
import { loadSecretKey, mintCliToken } from "../server/identity/index.ts";
import type { LoadedSettings, Settings } from "../settings.ts";
import { authorized, type Connection, checkedAddress, connectRemote } from "./connection.ts";
import type { GlobalOptions } from "./context.ts";
import type { Output } from "./output.ts";
import type { ProgramOptions } from "./program.ts";

/** A process without an address starts just now, or is another command that will end soon. */
const OWNER_WAIT_MS = seconds(3);
const OWNER_ASK_MS = 50;

/**
 * One code path for all commands: `--url` names a house; else the process that owns the data directory is called; else
 * the house is opened here, without its scheduler, for the length of the command. Never two writers. Errors:
 * `bad_usage`, `already_running` for an owner without an address, `unreachable`, and those of `openHouse`.
 */
export async function connect(globals: GlobalOptions, options: ProgramOptions): Promise<Connection> {
  const { environment, output, signal } = options;
  if (globals.url !== undefined) {
    return connectRemote({
      base: checkedAddress(globals.url),
      token: async () => globals.token ?? environment.VIGIA_ADMIN_TOKEN,
      tokenHint: "Give --token or VIGIA_ADMIN_TOKEN: what `vigia token` prints on the machine of that Vigía.",
      signal,
    });
  }
  const loaded = readSettings(environment, globals.envFile);
  for (const warning of loaded.warnings) output.note(warning);
  return connectHere(loaded, globals, options);
}

async function connectHere(
  loaded: LoadedSettings,
  globals: GlobalOptions,
  { output, signal, ownerWaitMs = OWNER_WAIT_MS }: ProgramOptions,
): Promise<Connection> {
  const { settings } = loaded;
  const dataDir = resolve(settings.vigiaDataDir);
  const clock = createSystemClock();
  const startedMs = clock.monotonicMs();
  for (;;) {
    const late = clock.monotonicMs() - startedMs > ownerWaitMs;
    const owner = readLock(dataDir);
    if (owner?.url) {
      const token = () => cliToken(settings, globals);
      return connectRemote({ base: owner.url, token, tokenHint: tenantHint(globals), signal });
    }
    if (owner && late) throw ownerWithoutAddress(dataDir, owner);
    try {
      if (!owner) return await inProcess(loaded, globals, output);
    } catch (thrown) {
      if (errorCode(thrown) !== "already_running" || late) throw thrown;
    }
    await clock.sleep(OWNER_ASK_MS, signal);
  }
}

async function inProcess(loaded: LoadedSettings, globals: GlobalOptions, output: Output): Promise<Connection> {
  const { settings } = loaded;
  const house = await openHouse(loaded, { log: quietLog(loaded, output) });
  try {
    // Marks what a killed process left behind; nothing runs by itself.
    await house.jobs.start({ scheduler: false });
  } catch (thrown) {
    await house.close();
    throw thrown;
  }
  const token = () =>
    globals.tenant === HOUSE_TENANT ? Promise.resolve(house.operatorToken.token) : cliToken(settings, globals);
  return {
    address: "this process",
    tokenHint: tenantHint(globals),
    fetch: async (path, init) => house.fetch(path, await authorized(init, token)),
    close: () => house.close(),
  };
}

/** Minted for each call: a followed run outlives the token's 60 s. */
function cliToken(settings: Settings, globals: GlobalOptions): Promise<string> {
  const clock = createSystemClock();
  const secretKey = loadSecretKey(resolve(settings.vigiaDataDir), settings);
  return mintCliToken({ secretKey, tenantId: globals.tenant ?? HOUSE_TENANT, clock, ids: createIds(clock) });
}

/** Errors only unless LOG_LEVEL says otherwise, and on standard error: `vigia logs` has what a run said. */
function quietLog({ settings, set }: LoadedSettings, output: Output) {
  const logLevel = set.has("LOG_LEVEL") ? settings.logLevel : "error";
  const quiet = { ...settings, logLevel, logFormat: settings.logFormat ?? "pretty" } as const;
  return openLog(quiet, createSystemClock(settings.vigiaNow), (line) => output.note(line.trimEnd()));
}

const tenantHint = ({ tenant }: GlobalOptions): string =>
  tenant === HOUSE_TENANT
    ? "The running process reads another SECRET_KEY than this command: start both with the same env file."
    : `Check --tenant ${tenant}: is there such a tenant, and may it do this? Without --tenant the house itself acts.`;

function ownerWithoutAddress(dataDir: string, { pid, started_at }: LockInfo): VigiaError {
  const message = `Process ${pid} works on ${dataDir} since ${started_at} and takes no calls (RUN_ONCE, or another command).`;
  return new VigiaError("already_running", message, {
    hint: "Wait until it ends. Commands that must work beside it need `bun run start`.",
    retryable: true,
  });
}
