import { resolve } from "node:path";
import { atMost, type Figure, type Row } from "../figure.ts";
import { cpuMs, serve } from "../process.ts";
import { median } from "../timing.ts";
import { openWorld, prepareDataDir, type World } from "../world.ts";

const ROOT = resolve(import.meta.dir, "../..");
const ROUNDS = 7;
const FRAME_BUDGET_MS = 300;
const IDLE_SECONDS = 20;
/** After this the start is over; before a minute is over the clock does not change. */
const SETTLE_SECONDS = 8;
const CPU_BUDGET_PERCENT = 1;

/** First frame in a fresh process, and the shipped process idle on a pseudo-terminal. */
export const dashboardRow: Row = {
  name: "dashboard",
  about: "first frame; CPU and bytes written while nothing happens",
  async measure(say) {
    using world = openWorld();
    const dataDir = await prepareDataDir(world, { days: 30 });
    const frames: { dashboard: Frame; ink: Frame }[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      say(`frame ${round} of ${ROUNDS}`);
      frames.push({ dashboard: await drawFirstFrame(world, dataDir), ink: await drawFirstFrame(world) });
    }
    const compare = (pick: (frame: Frame) => number) => ({
      value: median(frames.map(({ dashboard }) => pick(dashboard))),
      best: Math.min(...frames.map(({ dashboard }) => pick(dashboard))),
      unit: "ms" as const,
    });
    const besideInk = (pick: (frame: Frame) => number) => ({
      ...compare(pick),
      beside: { what: "one line of text through Ink", value: median(frames.map(({ ink }) => pick(ink))) },
    });
    return [
      {
        what: "first frame, from startDashboard, in a fresh process whose jobs start",
        ...besideInk((frame) => frame.firstMs),
        budget: atMost(FRAME_BUDGET_MS),
      },
      {
        what: "the same with loading React, Ink and the dashboard",
        ...besideInk((frame) => frame.loadMs + frame.firstMs),
      },
      { what: "first frame with scores in it, from startDashboard", ...compare((frame) => frame.filledMs) },
      ...(await measureIdle(world, dataDir, say)),
    ];
  },
};

/** What `first-frame.tsx` prints. */
interface Frame {
  loadMs: number;
  firstMs: number;
  filledMs: number;
}

async function drawFirstFrame({ environment }: World, dataDir?: string): Promise<Frame> {
  const child = Bun.spawn([process.execPath, "run", "bench/first-frame.tsx", ...(dataDir ? [dataDir] : [])], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdout: "pipe",
    stderr: "ignore",
  });
  return JSON.parse(await new Response(child.stdout).text()) as Frame;
}

async function measureIdle(world: World, dataDir: string, say: (text: string) => void): Promise<Figure[]> {
  let bytes = 0;
  const terminal = new Bun.Terminal({
    cols: 120,
    rows: 40,
    data: (_, chunk) => {
      bytes += chunk.byteLength;
    },
  });
  const house = Bun.spawn([process.execPath, "run", "src/main.ts"], {
    cwd: ROOT,
    env: { ...process.env, ...world.environment, VIGIA_DATA_DIR: dataDir, PORT: "0" },
    terminal,
  });
  const hello = await serve({ environment: {}, dataDir, script: "bench/hello-server.ts" }, "/");
  try {
    say(`idle for ${SETTLE_SECONDS + IDLE_SECONDS} s`);
    await Bun.sleep(SETTLE_SECONDS * 1_000);
    if (bytes === 0) throw new Error("the dashboard drew nothing");
    const before = { bytes, house: await cpuMs(house.pid), hello: await cpuMs(hello.pid) };
    await Bun.sleep(IDLE_SECONDS * 1_000);
    const percent = (ms: number) => ms / (IDLE_SECONDS * 10);
    return [
      {
        what: `CPU of the whole process, dashboard on a terminal, idle for ${IDLE_SECONDS} s`,
        value: percent((await cpuMs(house.pid)) - before.house),
        unit: "%",
        beside: { what: "bare Bun.serve", value: percent((await cpuMs(hello.pid)) - before.hello) },
        budget: atMost(CPU_BUDGET_PERCENT),
        note: "Of one core. Measured within one minute of the process's clock, because the screen's clock changes once a minute.",
      },
      { what: "written to the terminal in that time", value: bytes - before.bytes, unit: "bytes", budget: atMost(0) },
    ];
  } finally {
    house.kill("SIGTERM");
    await Promise.all([house.exited, hello.end()]);
    terminal.close();
  }
}
