/**
 * Draws one first frame and prints how long it took: `bun bench/first-frame.tsx [DATA_DIR]` in a process of its own,
 * because only the first one has to load React and Ink. With a data directory the dashboard on the house in it, else
 * one line of text through Ink. Prints `{ loadMs, firstMs, filledMs }`: loading the modules, and from then until anything
 * and until the scores are on the screen.
 */
import { PassThrough, Writable } from "node:stream";
import { openHouse } from "../src/house/index.ts";
import { silentLogger } from "../src/kit/log.ts";
import { loadSettings } from "../src/settings.ts";

const [dataDir] = process.argv.slice(2);
const wanted = dataDir === undefined ? "hello" : "COMPRAR|MANTENER|VENDER";
const filled = Promise.withResolvers<number>();
const first = Promise.withResolvers<number>();
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are not what a person sees
const INVISIBLE = /\x1b\[[0-9;?]*[A-Za-z]|\s/g;

const stdout = Object.assign(
  new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      const text = String(chunk).replace(INVISIBLE, "");
      if (text !== "") first.resolve(performance.now());
      if (new RegExp(wanted).test(text)) filled.resolve(performance.now());
      done();
    },
  }),
  { isTTY: true, columns: 120, rows: 40 },
);
const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {}, ref() {}, unref() {} });

const { loadMs, startedAtMs } = await (dataDir === undefined ? drawText() : drawDashboard(dataDir));
const result = { loadMs, firstMs: (await first.promise) - startedAtMs, filledMs: (await filled.promise) - startedAtMs };
// Ink takes what is written with `console`.
await Bun.write(Bun.stdout, JSON.stringify(result));
process.exit(0);

interface Started {
  loadMs: number;
  startedAtMs: number;
}

/** As `main.ts` does it: the jobs start and the dashboard is loaded beside them. */
async function drawDashboard(directory: string): Promise<Started> {
  const loaded = loadSettings({ ...process.env, VIGIA_DATA_DIR: directory });
  const house = await openHouse(loaded, { log: silentLogger });
  void house.jobs.start();
  const loadedFromMs = performance.now();
  const { startDashboard } = await import("../src/tui/index.ts");
  const startedAtMs = performance.now();
  startDashboard({
    fetch: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${house.operatorToken.token}`);
      return house.fetch(path, { ...init, headers });
    },
    url: "http://127.0.0.1:8000",
    color: true,
    stdin,
    stdout,
    now: house.clock.now,
  });
  return { loadMs: startedAtMs - loadedFromMs, startedAtMs };
}

async function drawText(): Promise<Started> {
  const loadedFromMs = performance.now();
  const { render, Text } = await import("ink");
  const startedAtMs = performance.now();
  const options = { stdin, stdout, interactive: true, alternateScreen: true, incrementalRendering: true };
  // Ink asks for the streams of a terminal; these have what it uses of them.
  render(<Text>hello</Text>, options as unknown as Parameters<typeof render>[1]);
  return { loadMs: startedAtMs - loadedFromMs, startedAtMs };
}
