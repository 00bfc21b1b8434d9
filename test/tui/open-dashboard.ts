import { startDashboard } from "../../src/tui/index.ts";
import { createFakeClock } from "../support/clock.ts";
import { openTerminal } from "../support/terminal.ts";
import { createFakeHouse, type FakeHouse, type FakeState, NOON } from "./fake-house.ts";

export interface OpenOptions {
  house?: FakeHouse;
  state?: Partial<FakeState>;
  columns?: number;
  rows?: number;
  color?: boolean;
  /** What is on the terminal before. */
  before?: string;
  startAt?: string;
}

const SETTLED_MS = 500;

/** The real dashboard on a terminal model, with a fake server and a clock that stands still: `await using screen = …`. */
export async function openDashboard(options: OpenOptions = {}) {
  const { columns = 80, rows = 24, color = false, startAt = NOON } = options;
  const house = options.house ?? createFakeHouse(options.state);
  const terminal = openTerminal({ columns, rows });
  if (options.before) terminal.stdout.write(options.before);
  const clock = createFakeClock(startAt);
  const quits: (Error | undefined)[] = [];
  const dashboard = startDashboard({
    fetch: house.fetch,
    url: "http://127.0.0.1:8000",
    color,
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    now: clock.now,
    sleep: clock.sleep,
    timezone: "UTC",
    onQuit: (error) => quits.push(error),
  });
  /** Time passes, and everything it brings is on the screen. */
  const pass = async (ms: number) => {
    await clock.advance(ms);
    await dashboard.flushed();
  };
  // The first answers come at once, but the screen shows changes a quarter of a second apart.
  await pass(SETTLED_MS);
  return {
    terminal,
    house,
    clock,
    quits,
    dashboard,
    pass,
    /** Types and waits for what the keys do. */
    async press(keys: string) {
      terminal.type(keys);
      // A lone escape is told from the start of a sequence only by what does not follow it.
      await Bun.sleep(keys.endsWith("\u001b") ? 30 : 0);
      await pass(0);
    },
    async [Symbol.asyncDispose]() {
      await dashboard.stop();
    },
  };
}
