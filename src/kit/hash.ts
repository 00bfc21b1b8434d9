import { timingSafeEqual } from "node:crypto";

/** SHA-256 as 64 hex digits. */
export function sha256Hex(content: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex");
}

/** Compares two secrets in constant time by their digests, so that neither content nor length leaks. */
export function secretsEqual(left: string, right: string): boolean {
  const digest = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** `bytes` random bytes as base64url text. */
export function randomToken(bytes = 32): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
}
