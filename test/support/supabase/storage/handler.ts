import type { Sql } from "postgres";
import { anonymous, type Bearer, readBearer } from "../bearer.ts";
import type { Incoming } from "../gateway.ts";
import type { ProjectKeys } from "../keys.ts";
import type { Limits } from "../limits.ts";
import { createBucket, deleteBucket, emptyBucket, getBucket, listBuckets, updateBucket } from "./buckets.ts";
import { createStorageDatabase } from "./database.ts";
import { describeObject, downloadObject, downloadPublicObject, downloadSignedObject } from "./download.ts";
import { accessDenied, invalidRequest, renderFailure, unknownRoute } from "./errors.ts";
import { listObjects } from "./list.ts";
import { copyObject, moveObject, removeObject, removeObjects, signObject, signObjects } from "./objects.ts";
import { readJson, type StorageParts, type StorageRequest } from "./request.ts";
import { replaceObject, uploadObject } from "./upload.ts";

type Handler = (incoming: StorageRequest, authenticated: boolean) => Promise<Response>;

interface Route {
  method: string;
  pattern: RegExp;
  handler: Handler;
  /** Whether a bad bearer is refused, or counts as none. */
  bearer: "demanded" | "optional";
}

const route = (method: string, path: string, handler: Handler, bearer: Route["bearer"] = "demanded"): Route => ({
  method,
  // A key goes to the end of the path; a bucket is one segment.
  pattern: new RegExp(`^${path.replace(":bucket", "(?<bucket>[^/]+)").replace(":key", "(?<key>.+)")}$`),
  handler,
  bearer,
});

/** In this order: the first that fits answers. */
const ROUTES: Route[] = [
  route("GET", "/status", async () => new Response(null, { status: 200 }), "optional"),
  route("GET", "/health", async () => Response.json({ healthy: true }), "optional"),
  route("POST", "/bucket", createBucket),
  route("GET", "/bucket", listBuckets),
  route("GET", "/bucket/:bucket", getBucket),
  route("PUT", "/bucket/:bucket", updateBucket),
  route("DELETE", "/bucket/:bucket", deleteBucket),
  route("POST", "/bucket/:bucket/empty", emptyBucket),
  route("POST", "/object/list/:bucket", listObjects),
  route("POST", "/object/copy", copyObject),
  route("POST", "/object/move", moveObject),
  route("GET", "/object/sign/:bucket/:key", downloadSignedObject, "optional"),
  route("POST", "/object/sign/:bucket/:key", signObject),
  route("POST", "/object/sign/:bucket", signObjects),
  route("GET", "/object/public/:bucket/:key", downloadPublicObject, "optional"),
  route("GET", "/object/authenticated/:bucket/:key", downloadObject, "optional"),
  route("GET", "/object/info/:bucket/:key", describeObject),
  route("DELETE", "/object/:bucket", removeObjects),
  route("GET", "/object/:bucket/:key", downloadObject, "optional"),
  route("POST", "/object/:bucket/:key", uploadObject),
  route("PUT", "/object/:bucket/:key", replaceObject),
  route("DELETE", "/object/:bucket/:key", removeObject),
];

export interface StorageHandlerParts {
  keys: ProjectKeys;
  limits: Limits;
  /** Logged in as superuser. */
  service: Sql;
  /** Logged in as `authenticator`. */
  authenticator: Sql;
}

/** The Storage service on the real `storage.buckets` and `storage.objects`; contents are in memory. */
export function createStorageHandler(options: StorageHandlerParts): (incoming: Incoming) => Promise<Response> {
  const parts: StorageParts = {
    keys: options.keys,
    limits: options.limits,
    database: createStorageDatabase(options.service, options.authenticator),
    contents: new Map(),
    asking: new Map(),
  };
  return async ({ request, keys }) => {
    const url = new URL(request.url);
    const method = request.method === "HEAD" ? "GET" : request.method;
    for (const { pattern, handler, bearer: need, ...known } of ROUTES) {
      const groups = known.method === method ? pattern.exec(url.pathname) : null;
      if (!groups) continue;
      try {
        const bearer = await readBearer(keys, request.headers.get("authorization"));
        if (need === "demanded") demand(bearer);
        const caller = bearer.kind === "caller" ? bearer.caller : anonymous();
        const { bucket = "", key = "" } = groups.groups ?? {};
        const place = { bucket: decodePath(bucket), key: decodePath(key) };
        const json = <T extends object>() => readJson<T>(request);
        return await handler({ parts, request, url, caller, json, ...place }, bearer.kind === "caller");
      } catch (error) {
        return renderFailure(error);
      }
    }
    return unknownRoute(request.method, url.pathname);
  };
}

function demand(bearer: Bearer): void {
  if (bearer.kind === "absent") throw invalidRequest("headers must have required property 'authorization'");
  if (bearer.kind === "invalid") throw accessDenied(bearer.message);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalidRequest(`'${path}' is not a valid url component`);
  }
}
