import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Binaries, prepareBinaries, serverUser } from "./binaries.ts";
import { createClusterDir, sweepDeadOwners } from "./sweep.ts";

/** A server of our own on a Unix socket (no password) and on a loopback port (with one). */
export interface Server {
  socketDir: string;
  port: number;
  password: string;
  stop(): Promise<void>;
}

/** The machine may give a port away between our asking for it and the server's taking it. */
const START_ATTEMPTS = 5;

const SERVER_FLAGS = [
  // Nothing of a test's database has to survive the machine.
  ["fsync", "off"],
  ["synchronous_commit", "off"],
  ["full_page_writes", "off"],
  ["shared_buffers", "32MB"],
  ["listen_addresses", "127.0.0.1"],
  ["shared_preload_libraries", "pg_stat_statements"],
  ["timezone", "UTC"],
].flatMap(([name, value]) => ["-c", `${name}=${value}`]);

/** initdb and start: about half a second. */
export async function startServer(): Promise<Server> {
  sweepDeadOwners();
  const dir = createClusterDir();
  const binaries = prepareBinaries(dir);
  const password = crypto.randomUUID();
  await initialise(binaries, dir, password);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const { child, failure } = await launch(binaries, dir, port);
    if (failure === undefined) {
      const stop = async () => {
        const ended = once(child, "exit");
        child.kill("SIGINT");
        await ended;
        rmSync(dir, { recursive: true, force: true });
      };
      return { socketDir: dir, port, password, stop };
    }
    if (attempt === START_ATTEMPTS || !failure.includes("could not bind")) {
      rmSync(dir, { recursive: true, force: true });
      throw new Error(`Postgres did not start: ${failure.slice(-2_000)}`);
    }
  }
}

async function initialise({ initdb }: Binaries, dir: string, password: string): Promise<void> {
  const passwordFile = join(dir, "password");
  writeFileSync(passwordFile, password);
  const user = serverUser();
  if (user) chownSync(passwordFile, user.uid, user.gid);
  chmodSync(passwordFile, 0o600);
  // The builtin C.UTF-8 is the same on every system and folds accents; the environment's locale is neither.
  const locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"];
  const access = ["--username=postgres", `--pwfile=${passwordFile}`, "--auth-local=trust", "--auth-host=scram-sha-256"];
  const args = ["-D", join(dir, "data"), "--no-sync", ...locale, ...access];
  const child = spawn(initdb, args, { ...user, cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
  const errors = collect(child);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${errors().slice(-2_000)}`);
}

/** Resolves when the server accepts connections, or with what it said when it did not. */
async function launch({ postgres }: Binaries, dir: string, port: number) {
  const args = ["-D", join(dir, "data"), "-k", dir, "-p", String(port), ...SERVER_FLAGS];
  const child = spawn(postgres, args, { ...serverUser(), cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
  const errors = collect(child);
  const failure = await new Promise<string | undefined>((resolve) => {
    child.stderr?.on("data", () => {
      if (errors().includes("ready to accept connections")) resolve(undefined);
    });
    child.once("exit", (code) => resolve(`exit code ${code}: ${errors()}`));
  });
  child.unref();
  return { child, failure };
}

function collect(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk) => {
    text = (text + chunk).slice(-20_000);
  });
  return () => text;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
