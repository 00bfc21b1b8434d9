import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type BootedProcess, boot } from "../test/support/boot.ts";

const POLL_MS = 2;
const PATIENCE_MS = 60_000;
const ENTRY_POINT = "src/main.ts";

export interface Served extends BootedProcess {
  address: string;
  /** Ends it and waits until it is gone. */
  end(): Promise<void>;
}

export interface Started extends Served {
  /** From spawn to the first answer. */
  startMs: number;
  /** What the process itself used until then. */
  startCpuMs: number;
}

export interface ServeOptions {
  environment: Record<string, string>;
  dataDir: string;
  /** Script below the root. Default: the entry point of `bun run start`. */
  script?: string;
}

/** Starts a server in a process of its own on a free port and waits until `path` answers 200. */
export async function serve(options: ServeOptions, path: string): Promise<Started> {
  const { script = ENTRY_POINT, dataDir, environment } = options;
  const port = freePort();
  const startedAtMs = performance.now();
  const child = boot({ script, dataDir, environment: { ...environment, PORT: String(port) } });
  const address = `http://127.0.0.1:${port}`;
  const end = async () => {
    child.kill("SIGTERM");
    await child.exited;
  };
  try {
    await untilAnswered(`${address}${path}`, async ({ ok }) => ok);
  } catch (thrown) {
    await end();
    throw new Error(`${script} does not answer:\n${child.output().slice(-2_000)}`, { cause: thrown });
  }
  const startMs = performance.now() - startedAtMs;
  return { ...child, address, end, startMs, startCpuMs: await cpuMs(child.pid) };
}

/** Asks again and again until an answer fulfils `isThere`. */
export async function untilAnswered(url: string, isThere: (answer: Response) => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await Bun.sleep(POLL_MS)) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer && (await isThere(answer))) return;
  }
  throw new Error(`no such answer within ${PATIENCE_MS / 1_000} s: ${url}`);
}

/** Waits until no job runs any more: what a start brings with it is over then. */
export async function untilIdle(address: string): Promise<void> {
  await untilAnswered(`${address}/api/jobs/status`, async (answer) => {
    const { jobs } = (await answer.json()) as { jobs: { running: boolean }[] };
    return jobs.every(({ running }) => !running);
  });
}

export interface Load {
  requests: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  errors: number;
}

export interface RunningLoad {
  result: Promise<Load>;
  stop(): void;
}

/** 32 connections from a process of its own; see load.ts. */
export function startLoad(
  url: string,
  { seconds, connections = 32 }: { seconds: number; connections?: number },
): RunningLoad {
  const command = [process.execPath, resolve(import.meta.dir, "load.ts"), url, String(connections), String(seconds)];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  const read = async () => {
    const load = JSON.parse(await new Response(child.stdout).text()) as Load;
    if (load.errors > 0) throw new Error(`${load.errors} of ${load.requests} requests failed: ${url}`);
    return load;
  };
  return { result: read(), stop: () => child.kill("SIGTERM") };
}

export async function residentMb(pid: number): Promise<number> {
  const text = await new Response(Bun.spawn(["ps", "-o", "rss=", "-p", String(pid)]).stdout).text();
  return Number(text) / 1_024;
}

/** CPU time that a process has used so far, with that of threads that have ended; counted in hundredths of a second. */
export async function cpuMs(pid: number): Promise<number> {
  if (process.platform === "linux") {
    // proc(5): fields 14 and 15 are the ticks in user and in kernel mode; the second one, the name, may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }
  const text = await new Response(Bun.spawn(["ps", "-o", "time=", "-p", String(pid)]).stdout).text();
  const parts = text.trim().split(":");
  return parts.reduce((total, part) => total * 60 + Number(part), 0) * 1_000;
}

export function freePort(): number {
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = probe;
  probe.stop(true);
  return port!;
}
