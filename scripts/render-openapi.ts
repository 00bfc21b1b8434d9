import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHouse } from "../src/house/index.ts";
import { silentLogger } from "../src/kit/log.ts";
import { loadSettings } from "../src/settings.ts";

/** `docs/openapi.json`: what `GET /openapi.json` answers with default settings, paths in order. */
export async function renderOpenApi(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), "vigia-generate-"));
  try {
    const house = await openHouse(loadSettings({ VIGIA_DATA_DIR: dataDir }), { log: silentLogger });
    const response = await house.fetch("/openapi.json");
    const document = (await response.json()) as { paths: Record<string, unknown> };
    await house.close();
    const paths = Object.fromEntries(Object.entries(document.paths).sort(([a], [b]) => (a < b ? -1 : 1)));
    return `${JSON.stringify({ ...document, paths }, null, 2)}\n`;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
