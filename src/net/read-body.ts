/** A body larger than the limit; `bytes` were read before it was cut. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
  constructor(readonly bytes: number) {
    super(`body larger than the limit (${bytes} bytes read)`);
  }
}

/**
 * Reads a body chunk by chunk and stops at `maxBytes`, counted after decompression: `fetch` inflates as it is read,
 * so a small compressed body that would fill the memory is cut like a large plain one.
 */
export async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return Buffer.concat(chunks, bytes);
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw new BodyTooLargeError(bytes);
    }
    chunks.push(value);
  }
}

/** Text by the charset of `Content-Type`, else UTF-8; bytes that do not fit become U+FFFD. */
export function decodeBody(bytes: Uint8Array, contentType: string | null): string {
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset as Bun.Encoding).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
