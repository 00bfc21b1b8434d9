import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../..");

/** The shipped entry point in a process of its own. */
export interface BootedProcess {
  readonly pid: number;
  /** Standard output and error so far, in the order in which they came. */
  readonly output: () => string;
  /** Resolves with the first line that matches; rejects when the process ends before. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>;
  /** Address once it listens. */
  url(): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<number>;
}

export interface BootOptions {
  dataDir: string;
  environment?: Record<string, string>;
  /** Script below the root. Default: the entry point of `bun run start`. */
  script?: string;
  args?: string[];
}

/** Settings of a machine where nothing is set; only what a process needs to run is inherited. */
const BARE = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", TMPDIR: tmpdir(), NO_COLOR: "1" };

export function boot({ dataDir, environment = {}, script = "src/main.ts", args = [] }: BootOptions): BootedProcess {
  // A checkout that somebody uses has a `.env`, with a project in it that no test may touch.
  const envFile = args.includes("--env-file") ? [] : ["--env-file", "/dev/null"];
  const child = Bun.spawn([process.execPath, "run", script, ...args, ...envFile], {
    cwd: ROOT,
    env: { ...BARE, PORT: "0", VIGIA_DATA_DIR: dataDir, LOG_FORMAT: "json", ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let output = "";
  const listeners = new Set<() => void>();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true });
      for (const listener of listeners) listener();
    }
  };
  const drained = Promise.all([read(child.stdout), read(child.stderr)]);
  const exited = child.exited.then(async (code) => {
    await drained;
    return code;
  });
  const waitForOutput = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((done, fail) => {
      const look = () => {
        const match = pattern.exec(output);
        if (!match) return;
        listeners.delete(look);
        done(match);
      };
      listeners.add(look);
      look();
      exited.then((code) => fail(new Error(`ended with ${code} before ${pattern}:\n${output.slice(-4_000)}`)));
    });
  return {
    pid: child.pid,
    output: () => output,
    waitForOutput,
    url: async () => (await waitForOutput(/http:\/\/127\.0\.0\.1:\d+/))[0],
    kill: (signal) => child.kill(signal),
    exited,
  };
}

/** A data directory that disappears with the test. */
export function temporaryDataDir(): { path: string; [Symbol.dispose](): void } {
  const root = mkdtempSync(join(tmpdir(), "vigia-boot-"));
  return { path: join(root, "data"), [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

/** Runs a command to its end. */
export async function runToEnd(options: BootOptions): Promise<{ code: number; output: string }> {
  const child = boot(options);
  const code = await child.exited;
  return { code, output: child.output() };
}
