/**
 * `bun run generate` writes what is derived from code; `--check` fails when a file is out of date.
 * Derived: `.env.example` and `docs/settings.md` (from src/settings.ts), `docs/cli.md` (from the commands' own help),
 * `docs/openapi.json` (from the routes).
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { renderEnvExample, renderSettingsPage } from "./render-settings.ts";

const FILES: Record<string, () => string | Promise<string>> = {
  ".env.example": renderEnvExample,
  "docs/settings.md": renderSettingsPage,
};

const checking = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, render] of Object.entries(FILES)) {
  const wanted = await render();
  if (existsSync(path) && readFileSync(path, "utf8") === wanted) continue;
  if (checking) stale.push(path);
  else writeFileSync(path, wanted);
}
if (stale.length > 0) {
  console.error(`Out of date: ${stale.join(", ")}. Run: bun run generate`);
  process.exit(1);
}
