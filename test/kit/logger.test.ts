import { expect, test } from "bun:test";
import { createLogger } from "../../src/kit/logger.ts";
import { createRedactor } from "../../src/kit/redact.ts";

test.each(["json", "pretty"] as const)(
  "a %s line that cannot be written does not fail the work it tells about",
  (format) => {
    const written: string[] = [];
    const log = createLogger({
      level: "info",
      format,
      redactor: createRedactor(),
      now: () => new Date("2026-01-01T00:00:00Z"),
      write(line) {
        if (line.includes("first")) throw new Error("ENOSPC: no space left on device");
        written.push(line);
      },
    });
    log.info("a.first", "first");
    log.info("a.second", "second");
    expect(written).toHaveLength(1);
  },
);
