export type Service = "rest" | "storage" | "auth" | "unknown";

/** What a request is aimed at, as far as its method and URL tell. */
export interface Target {
  readonly service: Service;
  readonly method: string;
  /** Path behind the service's prefix, still encoded: `/social_posts`, `/object/bucket/key`. */
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  /** Table, view or `rpc/<function>`. */
  readonly table?: string;
  readonly bucket?: string;
  /** Object's key, decoded. */
  readonly key?: string;
}

const PREFIXES: [Service, string][] = [
  ["rest", "/rest/v1"],
  ["storage", "/storage/v1"],
  ["auth", "/auth/v1"],
];

/** First segments behind `/object/` that are not a bucket. */
const OBJECT_VERBS = new Set(["list", "list-v2", "info", "sign", "public", "authenticated", "upload", "copy", "move"]);

export function readTarget(request: Request): Target {
  const { pathname, search } = new URL(request.url);
  const base = { method: request.method, query: search, headers: request.headers };
  for (const [service, prefix] of PREFIXES) {
    if (pathname !== prefix && !pathname.startsWith(`${prefix}/`)) continue;
    const path = pathname.slice(prefix.length) || "/";
    if (service === "rest") return { ...base, service, path, table: decode(path.slice(1)) };
    if (service === "storage") return { ...base, service, path, ...objectOf(path) };
    return { ...base, service, path };
  }
  return { ...base, service: "unknown", path: pathname };
}

function objectOf(path: string): { bucket?: string; key?: string } {
  const [kind, ...rest] = path.slice(1).split("/");
  if (kind === "bucket") return rest[0] ? { bucket: decode(rest[0]) } : {};
  if (kind !== "object") return {};
  if (OBJECT_VERBS.has(rest[0] ?? "")) rest.shift();
  const [bucket, ...key] = rest;
  if (!bucket) return {};
  return { bucket: decode(bucket), ...(key.length > 0 ? { key: decode(key.join("/")) } : {}) };
}

/** Percent-decoding that leaves what it cannot read. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
