import { expect, test } from "bun:test";
import { dirname, join, relative, resolve } from "node:path";
import { Glob } from "bun";

const ROOT = resolve(import.meta.dir, "..");
const SRC = join(ROOT, "src");

/** From the top down: a file may import its own folder and those after it. */
const LAYERS = [
  "main",
  "cli",
  "house",
  "tui",
  "systems",
  "mirror",
  "market",
  "server",
  "jobs",
  "net",
  "db",
  "environment",
  "settings",
  "kit",
];
const IMPORT = /^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/gm;

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
  /** Loaded when the code gets there. */
  late: boolean;
}

async function sourceImports(): Promise<Import[]> {
  const imports: Import[] = [];
  for await (const file of new Glob("**/*.{ts,tsx}").scan(SRC)) {
    const code = await Bun.file(join(SRC, file)).text();
    for (const [, type, named, dynamic] of code.matchAll(IMPORT)) {
      const target = named ?? dynamic ?? "";
      const to = target.startsWith(".") ? relative(SRC, resolve(SRC, dirname(file), target)) : target;
      imports.push({ from: file, to, typeOnly: type !== undefined, late: named === undefined });
    }
  }
  return imports;
}

const layerOf = (path: string): string => path.split("/")[0]!.replace(/\.tsx?$/, "");
const systemOf = (path: string): string | undefined => /^systems\/([^/]+)\//.exec(path)?.[1];
const isLocal = (path: string): boolean => /\.tsx?$/.test(path);

const imports = await sourceImports();
const local = imports.filter(({ to }) => isLocal(to));

test("the reader of imports sees the tree", () => {
  expect(local.length).toBeGreaterThan(50);
});

test("every folder of src has a place in the order", () => {
  const unplaced = new Set(
    local.map(({ from }) => layerOf(from)).filter((layer) => !LAYERS.includes(layer) && layer !== "client"),
  );
  expect([...unplaced]).toEqual([]);
});

test("imports only go down", () => {
  const upwards = local.filter(({ from, to }) => {
    if (layerOf(from) === "client") return false;
    return LAYERS.indexOf(layerOf(to)) < LAYERS.indexOf(layerOf(from));
  });
  expect(upwards.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test("no system imports another", () => {
  const crossings = local.filter(({ from, to }) => systemOf(from) && systemOf(to) && systemOf(from) !== systemOf(to));
  expect(crossings.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test("the dashboard imports nothing of the rest but types", () => {
  const values = local.filter(
    ({ from, to, typeOnly }) => layerOf(from) === "tui" && layerOf(to) !== "tui" && !typeOnly,
  );
  expect(values.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test("no file imports itself in a circle", () => {
  const graph = new Map<string, string[]>();
  for (const { from, to, typeOnly } of local) if (!typeOnly) graph.set(from, [...(graph.get(from) ?? []), to]);
  expect(findCycle(graph)).toBeUndefined();
});

test("a start loads neither the work of rare jobs nor what only commands and the dashboard use", () => {
  const needed = new Set(["main.ts"]);
  for (const file of needed)
    for (const { from, to, typeOnly, late } of imports) if (from === file && !typeOnly && !late) needed.add(to);
  expect(needed).toContain("house/house.ts");
  const RARE =
    /^(@supabase|postgres$|ink$|react$|cli\/|tui\/|db\/remote\/|db\/backup\/(create|verify|prune|restore)|mirror\/(run-(comparisons|directory|drain)|reconcile\/|directory\/|objects\/))/;
  expect([...needed].filter((path) => RARE.test(path))).toEqual([]);
});

test("libSQL is the only SQLite driver, and src/db its only owner", () => {
  expect(
    imports.filter(({ to }) => to.startsWith("bun:sqlite") || to === "node:sqlite" || to === "better-sqlite3"),
  ).toEqual([]);
  const owners = new Set(
    imports.filter(({ to, typeOnly }) => to.startsWith("@libsql/") && !typeOnly).map(({ from }) => layerOf(from)),
  );
  expect([...owners]).toEqual(["db"]);
});

test("scopes are made only by the identity middleware, the job runner and the composition of the house", async () => {
  const makers: string[] = [];
  for await (const file of new Glob("**/*.{ts,tsx}").scan(SRC)) {
    if (/\bmakeScope\(/.test(await Bun.file(join(SRC, file)).text()) && file !== "db/scope.ts") makers.push(file);
  }
  expect(makers.filter((file) => !/^(server\/identity|jobs)\//.test(file))).toEqual([]);
});

test("product code takes time and chance from the kit", async () => {
  const offenders: string[] = [];
  for await (const file of new Glob("**/*.{ts,tsx}").scan(SRC)) {
    if (file.startsWith("kit/")) continue;
    const code = (await Bun.file(join(SRC, file)).text()).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    if (/\bDate\.now\(\)|\bnew Date\(\)|\bMath\.random\(\)/.test(code)) offenders.push(file);
  }
  expect(offenders).toEqual([]);
});

function findCycle(graph: ReadonlyMap<string, string[]>): string | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(" -> ");
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}
