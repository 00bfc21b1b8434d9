import { sha256Hex } from "../kit/hash.ts";

/** A strong tag from the bytes of a body. */
export const contentEtag = (body: string | Uint8Array): string => `"${sha256Hex(body).slice(0, 32)}"`;

/**
 * Whether `If-None-Match` names the tag, so that 304 is the answer. Weak comparison (RFC 9110 13.1.2): `W/` is ignored;
 * `*` matches whatever exists.
 */
export function noneMatchHolds(header: string | null | undefined, etag: string): boolean {
  if (!header) return false;
  // The usual case, without splitting: the client sends back what it got.
  if (header === etag || header.trim() === "*") return true;
  const wanted = opaque(etag);
  return listedTags(header).some((tag) => opaque(tag) === wanted);
}

/** Whether `If-Match` allows a write. Strong comparison: weak tags never match. */
export function matchHolds(header: string, etag: string): boolean {
  if (header.trim() === "*") return true;
  return !etag.startsWith("W/") && listedTags(header).includes(etag);
}

const opaque = (tag: string): string => (tag.startsWith("W/") ? tag.slice(2) : tag);

/** Tags hold no quotes but may hold commas, so the list is not split at commas. */
const listedTags = (header: string): string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? [];

/** 304 when the client has this version already. The caller adds `Vary` and such to both answers. */
export function notModified(
  request: Request,
  etag: string,
  headers: Record<string, string> = {},
): Response | undefined {
  if (!noneMatchHolds(request.headers.get("if-none-match"), etag)) return undefined;
  return new Response(null, { status: 304, headers: { ...headers, ETag: etag } });
}
