/**
 * `bun run generate` writes what is derived from code; `--check` fails when a file is out of date.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderCliPage } from "./render-cli.ts";
import { renderErrorsPage } from "./render-errors.ts";
import { renderOpenApi } from "./render-openapi.ts";
import { renderEnvExample, renderSettingsPage } from "./render-settings.ts";

const FILES: Record<string, () => string | Promise<string>> = {
  ".env.example": renderEnvExample,
  "docs/settings.md": renderSettingsPage,
  "docs/cli.md": renderCliPage,
  "docs/errors.md": renderErrorsPage,
  "docs/openapi.json": renderOpenApi,
};

process.chdir(join(import.meta.dir, ".."));
const checking = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, render] of Object.entries(FILES)) {
  const wanted = await render();
  if (existsSync(path) && readFileSync(path, "utf8") === wanted) continue;
  stale.push(path);
  if (!checking) writeFileSync(path, wanted);
}
if (!checking) console.log(stale.length === 0 ? "Nothing has changed." : `Written: ${stale.join(", ")}`);
else if (stale.length > 0) {
  console.error(`Out of date: ${stale.join(", ")}. Run: bun run generate`);
  process.exit(1);
}
