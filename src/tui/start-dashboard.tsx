import { render } from "ink";
import { type ApiFetch, createApi } from "./api.ts";
import { cleanText } from "./clean-text.ts";
import { ClockFaceContext, createClockFace, localTimezone } from "./clock-face.ts";
import { Dashboard } from "./Dashboard.tsx";
import { watchHouse } from "./house-watcher.ts";
import { createPalette, PaletteContext } from "./palette.ts";
import { type Sleep, sleepInRealTime } from "./time-limit.ts";

export interface DashboardOptions {
  /** Answers API paths: the application of the same process, or a server elsewhere. Brings its own token. */
  fetch: ApiFetch;
  /** Address shown in the header. */
  url: string;
  /** False writes no colour codes at all (`NO_COLOR`). */
  color: boolean;
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WritableStream;
  now: () => Date;
  /** Default: real time. */
  sleep?: Sleep;
  /** IANA zone of the times shown. Default: the machine's. */
  timezone?: string;
  /** Called once when the operator leaves (q, ctrl+c), or with the error when the screen could not be drawn. */
  onQuit?: (error?: Error) => void;
}

export interface RunningDashboard {
  /** Resolves when the operator has left or `stop` is through; rejects when the screen could not be drawn. */
  readonly done: Promise<void>;
  /** Gives the terminal back; `onQuit` is not called. */
  stop(): Promise<void>;
  /** Resolves when everything drawn so far is written. */
  flushed(): Promise<void>;
}

/** Opens the dashboard on the terminal's other screen, so that what was on the terminal before is there again afterwards. */
export function startDashboard(options: DashboardOptions): RunningDashboard {
  const { url, color, stdin, stdout, now, onQuit, sleep = sleepInRealTime, timezone = localTimezone() } = options;
  const api = createApi(options.fetch, sleep);
  const watcher = watchHouse({ api, now, sleep });
  let stopped = false;

  const screen = render(
    <PaletteContext value={createPalette(color)}>
      <ClockFaceContext value={createClockFace(timezone)}>
        <Dashboard {...{ watcher, api, now, sleep }} url={cleanText(url)} onQuit={() => screen.unmount()} />
      </ClockFaceContext>
    </PaletteContext>,
    // `interactive`: Ink would guess from the environment (CI), but only terminals are brought here.
    { stdin, stdout, interactive: true, alternateScreen: true, incrementalRendering: true },
  );

  const done = screen.waitUntilExit().then(() => {});
  const settle = (error?: Error) => {
    watcher.stop();
    if (!stopped) onQuit?.(error);
    stopped = true;
  };
  done.then(() => settle(), settle);

  return {
    done,
    async stop() {
      stopped = true;
      screen.unmount();
      await done.catch(() => {});
    },
    flushed: () => screen.waitUntilRenderFlush(),
  };
}
