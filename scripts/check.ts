import { join } from "node:path";

/** `bun run check`: everything that can be known without running the program, side by side, under 20 s. */

interface Check {
  name: string;
  command: string[];
  remedy: string;
}

const CHECKS: Check[] = [
  // One checker: several infer the same route types again, which takes three times as long on two cores.
  { name: "types", command: ["bunx", "tsc", "--noEmit", "--checkers", "1"], remedy: "Fix the types above." },
  {
    name: "lint and format",
    command: ["bunx", "biome", "check", "--error-on-warnings", "."],
    remedy: "bunx biome check --write .",
  },
  { name: "import direction", command: ["bun", "test", "test/architecture.test.ts"], remedy: "Imports only go down." },
  { name: "generated files", command: ["bun", "run", "scripts/generate.ts", "--check"], remedy: "bun run generate" },
  { name: "dead exports", command: ["bunx", "knip-bun"], remedy: "Remove what nobody uses." },
];

async function run({
  name,
  command,
}: Check): Promise<{ name: string; seconds: number; failed: boolean; output: string }> {
  const startedAt = performance.now();
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe", env: { ...process.env, NO_COLOR: "1" } });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { name, seconds: (performance.now() - startedAt) / 1_000, failed: code !== 0, output: `${stdout}${stderr}` };
}

process.chdir(join(import.meta.dir, ".."));
const startedAt = performance.now();
const results = await Promise.all(CHECKS.map(run));
for (const { name, seconds, failed, output } of results) {
  console.log(`${failed ? "FAILED" : "ok    "} ${name} (${seconds.toFixed(1)} s)`);
  if (failed) console.log(`${output.trim()}\n→ ${CHECKS.find((check) => check.name === name)?.remedy}\n`);
}
console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s in all`);
process.exit(results.some(({ failed }) => failed) ? 1 : 0);
