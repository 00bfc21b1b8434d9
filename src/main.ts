import { parseArgs } from "node:util";
import { readSettings } from "./environment.ts";
import { announceScores } from "./house/announce-scores.ts";
import { openDataDir } from "./house/data-dir.ts";
import { type House, openHouse, openLog } from "./house/index.ts";
import { openLogFile } from "./house/log-file.ts";
import { runOnce } from "./house/run-once.ts";
import { listenForSignals, type StopRequests } from "./house/signals.ts";
import { renderWelcome } from "./house/welcome.ts";
import { EXIT, type ExitCode } from "./jobs/exit-codes.ts";
import { createSystemClock } from "./kit/clock.ts";
import { seconds } from "./kit/duration.ts";
import { toError, VigiaError } from "./kit/errors.ts";
import { listen } from "./server/index.ts";
import { type LoadedSettings, SettingsError } from "./settings.ts";

/** `bun run start`: settings -> house -> HTTP -> jobs -> dashboard or log, until somebody ends it. */
async function main(): Promise<ExitCode> {
  const loaded = readSettings(process.env, commandLine().envFile);
  const stop = listenForSignals();
  // A reader that went away (`| head`) must not end a process that works: each failed line is lost, nothing more.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return loaded.settings.runOnce ? await once(loaded, stop) : await serve(loaded, stop);
}

/** RUN_ONCE: no port, no dashboard; the exit code is the result. */
async function once(loaded: LoadedSettings, stop: StopRequests): Promise<ExitCode> {
  const house = await openHouse(loaded, { isService: true });
  sayNotices(house, loaded);
  announceScores(house);
  void stop.first.then(() => house.stopWork(seconds(loaded.settings.shutdownGraceSeconds)));
  void stop.second.then(() => house.stopWork(0));
  try {
    return await runOnce(house);
  } finally {
    await house.close();
  }
}

async function serve(loaded: LoadedSettings, stop: StopRequests): Promise<ExitCode> {
  const { settings } = loaded;
  const onTerminal = process.stdout.isTTY === true && process.stdin.isTTY === true && !commandLine().logs;
  const logFile = onTerminal ? openDashboardLog(settings.vigiaDataDir) : undefined;
  const house = await openHouse(loaded, {
    isService: true,
    ...(logFile
      ? { log: openLog({ ...settings, logFormat: "json" }, createSystemClock(settings.vigiaNow), logFile.write) }
      : {}),
  });
  try {
    const server = listen(house.app, { host: settings.vigiaHost, port: settings.port });
    house.lock.update({ url: server.url });
    say(house, renderWelcome(house, server.url));
    sayNotices(house, loaded);
    if (!onTerminal) announceScores(house);
    house.begin();
    const started = house.jobs.start();
    if (onTerminal) void showDashboard(house, server.url, stop);
    await started;
    await stop.first;
    await endWork(house, stop);
    await server.stop();
    return EXIT.ok;
  } finally {
    await house.close();
    logFile?.close();
  }
}

/** Takes no more slots and lets runs end; a second request aborts them. */
async function endWork(house: House, stop: StopRequests): Promise<void> {
  const grace = house.settings.shutdownGraceSeconds;
  const running = house.jobs.running.map(({ job }) => job).join(", ");
  house.log.info("house.stop", running ? `Stopping; waiting up to ${grace} s for ${running}.` : "Stopping.");
  void stop.second.then(() => house.stopWork(0));
  await house.stopWork(seconds(grace));
}

/** Never rejects: what cannot be drawn is logged, and ends the process as quitting does. */
async function showDashboard(house: House, url: string, stop: StopRequests): Promise<void> {
  const onQuit = (error?: Error) => {
    if (error) house.log.error("dashboard.failed", "The dashboard could not be drawn.", { error });
    stop.request();
  };
  await drawDashboard(house, url, { stop, onQuit }).catch((thrown) => onQuit(toError(thrown)));
}

async function drawDashboard(
  house: House,
  url: string,
  { stop, onQuit }: { stop: StopRequests; onQuit: (error?: Error) => void },
): Promise<void> {
  const { startDashboard } = await import("./tui/index.ts");
  const authorized = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${house.operatorToken.token}`);
    return house.fetch(path, { ...init, headers });
  };
  const dashboard = startDashboard({
    fetch: authorized,
    url,
    color: house.settings.noColor === undefined,
    stdin: process.stdin,
    stdout: process.stdout,
    now: house.clock.now,
    onQuit,
  });
  void stop.first.then(() => dashboard.stop());
  await dashboard.done.catch(() => {});
}

/** Plain text for people: beside JSON lines it goes to standard error, so that standard output stays machine-readable. */
function say({ settings }: House, text: string): void {
  const pretty = settings.logFormat === "pretty" || (settings.logFormat === undefined && process.stdout.isTTY === true);
  (pretty ? process.stdout : process.stderr).write(`${text}\n`);
}

function sayNotices({ log }: House, { warnings, unused }: LoadedSettings): void {
  for (const warning of warnings) log.warn("settings.warning", warning);
  if (unused.length > 0)
    log.debug(
      "settings.unused",
      `Set, but without a use here: ${unused.map(({ name, reason }) => `${name} (${reason})`).join(", ")}.`,
    );
}

function openDashboardLog(dataDir: string) {
  return openLogFile(openDataDir(dataDir));
}

function commandLine(): { envFile?: string; logs: boolean } {
  const { values } = parseArgs({
    options: { "env-file": { type: "string" }, logs: { type: "boolean", default: false } },
    strict: true,
  });
  return { logs: values.logs, ...(values["env-file"] === undefined ? {} : { envFile: values["env-file"] }) };
}

function reportFailure(thrown: unknown): ExitCode {
  const error = toError(thrown);
  process.stderr.write(`${error.message}\n`);
  if (error instanceof VigiaError && error.hint) process.stderr.write(`→ ${error.hint}\n`);
  if (error instanceof SettingsError) return EXIT.configuration;
  if ("code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) return EXIT.usage;
  if (!(error instanceof VigiaError)) process.stderr.write(`${error.stack ?? error.name}\n`);
  return EXIT.failure;
}

process.exit(await main().catch(reportFailure));
