import { createMutex } from "../../../kit/mutex.ts";

/** Printed reports kept: who downloads one often does so twice. */
const KEPT = 16;

/**
 * Prints reports as PDF, one at a time, because a page costs milliseconds of the only processor that serves everybody.
 * `sha256` is that of the Markdown text: the same text is printed once.
 */
export function createReportPrinter(): (sha256: string, markdown: string) => Promise<Uint8Array<ArrayBuffer>> {
  const printed = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  const queue = createMutex();

  return (sha256, markdown) => {
    const known = printed.get(sha256);
    if (known) return known;
    const printing = queue.run(async () => {
      // Loaded with the first request: the library is large, and few processes ever print.
      const { renderPdf } = await import("../../../kit/pdf/index.ts");
      return renderPdf(markdown);
    });
    if (printed.size >= KEPT) printed.delete(printed.keys().next().value!);
    printed.set(sha256, printing);
    printing.catch(() => printed.delete(sha256));
    return printing;
  };
}
