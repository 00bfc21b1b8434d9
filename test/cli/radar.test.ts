import { describe, expect, test } from "bun:test";
import { jsonOf, temporaryDir, vigia } from "./harness.ts";

interface Scanned {
  profile: string;
  data_source: string;
}

/** Scans two coins of the sample; no data directory is made. */
async function profileOf(args: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  using dir = temporaryDir();
  const scan = ["radar", "scan", "--market", "BTC-USD,ETH-USD", "--as-of", "2024-03-08", "--json", ...args];
  const ran = await vigia(scan, { environment: { MARKET_DATA: "sample", VIGIA_DATA_DIR: dir.path, ...environment } });
  const { profile, data_source } = jsonOf<Scanned>(ran);
  expect(data_source).toBe("sample");
  return profile;
}

describe("vigia radar scan --profile", () => {
  test("without it the setting decides, as in a cycle", async () => {
    expect(await profileOf([])).toBe("v1");
    expect(await profileOf([], { SVGA_RADAR_PROFILE: "v2" })).toBe("v2");
  });

  test("it goes before the setting", async () => {
    expect(await profileOf(["--profile", "v1"], { SVGA_RADAR_PROFILE: "v2" })).toBe("v1");
    expect(await profileOf(["--profile", "v2"])).toBe("v2");
  });
});
