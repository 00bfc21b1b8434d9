import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommandLine } from "../../src/cli/program.ts";
import { type House, openHouse } from "../../src/house/index.ts";
import { silentLogger } from "../../src/kit/log.ts";
import { listen } from "../../src/server/index.ts";
import { loadSettings } from "../../src/settings.ts";

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  environment?: Record<string, string>;
  signal?: AbortSignal;
  ownerWaitMs?: number;
  /** Hears each text for standard error. */
  onNote?: (text: string) => void;
}

/** One command line in this process. Settings come from `environment` alone: no `.env` of this machine is read. */
export async function vigia(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { environment = {}, signal = new AbortController().signal, ownerWaitMs, onNote } = options;
  const [data, notes]: [string[], string[]] = [[], []];
  const code = await runCommandLine([...args, "--env-file", "/dev/null"], {
    output: {
      data: (text) => void data.push(text.endsWith("\n") ? text : `${text}\n`),
      note(text) {
        notes.push(`${text}\n`);
        onNote?.(text);
      },
      color: false,
    },
    environment,
    signal,
    ...(ownerWaitMs === undefined ? {} : { ownerWaitMs }),
  });
  return { code, stdout: data.join(""), stderr: notes.join("") };
}

/** What a command printed, which must be one JSON value and nothing else. */
export function jsonOf<Body>({ code, stdout, stderr }: Ran): Body {
  try {
    return JSON.parse(stdout) as Body;
  } catch {
    throw new Error(`no JSON on standard output (exit ${code}): ${stdout.slice(0, 500)}\n${stderr}`);
  }
}

export interface TemporaryDir extends Disposable {
  path: string;
  /** Writes a file and returns its path. */
  file(name: string, content: string | Uint8Array): string;
}

/** A directory that disappears with the test. */
export function temporaryDir(): TemporaryDir {
  const path = mkdtempSync(join(tmpdir(), "vigia-cli-"));
  return {
    path,
    file(name, content) {
      const target = join(path, name);
      writeFileSync(target, content);
      return target;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export interface RunningHouse extends AsyncDisposable {
  house: House;
  url: string;
}

/** What `bun run start` makes of these settings, inside this process: the lock file says where it listens. */
export async function startHouse(environment: Record<string, string>): Promise<RunningHouse> {
  const house = await openHouse(loadSettings(environment), { log: silentLogger });
  await house.jobs.start({ scheduler: false });
  const server = listen(house.app, { host: "127.0.0.1", port: 0 });
  house.lock.update({ url: server.url });
  return {
    house,
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await house.close();
    },
  };
}
