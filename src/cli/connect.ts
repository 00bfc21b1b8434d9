import { resolve } from "node:path";
import { HOUSE_TENANT } from "../db/scope.ts";
import { readSettings } from "../environment.ts";
import { openHouse, openLog } from "../house/index.ts";
import { readLock } from "../jobs/process-lock.ts";
import { createSystemClock } from "../kit/clock.ts";
import { VigiaError } from "../kit/errors.ts";
import { createIds } from "../kit/ids.ts";
import { loadSecretKey, mintCliToken } from "../server/identity/index.ts";
import type { LoadedSettings, Settings } from "../settings.ts";
import type { GlobalOptions } from "./context.ts";
import type { ProgramOptions } from "./program.ts";

/** A way to the HTTP API of the house, wherever it is. */
export interface Connection {
  /** Where it leads, for people. */
  readonly address: string;
  /** `path` starts at the root, for example `/api/jobs/status`. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/**
 * One code path for all commands: `--url` names a house; else the process that owns the data directory is called; else
 * the house is opened here, without its scheduler, for the length of the command. Never two writers.
 */
export async function connect(globals: GlobalOptions, { environment, output }: ProgramOptions): Promise<Connection> {
  if (globals.url) return remote(globals.url, async () => globals.token ?? environment.VIGIA_ADMIN_TOKEN);
  const loaded = readSettings(environment, globals.envFile);
  const { settings, warnings } = loaded;
  for (const warning of warnings) output.note(warning);
  const owner = readLock(resolve(settings.vigiaDataDir));
  if (owner?.url) return remote(owner.url, () => cliToken(settings, globals));
  return inProcess(loaded, globals);
}

function remote(url: string, token: () => Promise<string | undefined>): Connection {
  const base = url.replace(/\/+$/, "");
  return {
    address: base,
    async fetch(path, init) {
      try {
        return await fetch(`${base}${path}`, await authorized(init, token));
      } catch (cause) {
        if (init?.signal?.aborted) throw cause;
        throw new VigiaError("unreachable", `Vigía does not answer at ${base}.`, {
          hint: "Check that it runs (bun run start) and that the address is right.",
          cause,
        });
      }
    },
    close: async () => {},
  };
}

async function inProcess(loaded: LoadedSettings, globals: GlobalOptions): Promise<Connection> {
  const { settings } = loaded;
  const house = await openHouse(loaded, { log: quietLog(settings) });
  const token = () =>
    globals.tenant === HOUSE_TENANT ? Promise.resolve(house.operatorToken.token) : cliToken(settings, globals);
  return {
    address: "this process",
    fetch: async (path, init) => house.fetch(path, await authorized(init, token)),
    close: () => house.close(),
  };
}

async function authorized(
  init: RequestInit | undefined,
  token: () => Promise<string | undefined>,
): Promise<RequestInit> {
  const headers = new Headers(init?.headers);
  const value = await token();
  if (value) headers.set("authorization", `Bearer ${value}`);
  return { ...init, headers };
}

/** Minted for each call: a followed run outlives the token's 60 s. */
function cliToken(settings: Settings, globals: GlobalOptions): Promise<string> {
  const clock = createSystemClock();
  const secretKey = loadSecretKey(resolve(settings.vigiaDataDir), settings);
  return mintCliToken({ secretKey, tenantId: globals.tenant ?? HOUSE_TENANT, clock, ids: createIds(clock) });
}

/** Warnings and errors only, and on standard error: standard output belongs to the command's data. */
function quietLog(settings: Settings) {
  const level = settings.debug || settings.logLevel === "debug" ? "debug" : "warn";
  const quiet = { ...settings, logLevel: level, logFormat: settings.logFormat ?? "pretty" } as const;
  return openLog(quiet, createSystemClock(settings.vigiaNow), (line) => void process.stderr.write(line));
}
