import type { Caller } from "../bearer.ts";
import type { ProjectKeys } from "../keys.ts";
import type { Limits } from "../limits.ts";
import type { StorageDatabase } from "./database.ts";
import { invalidRequest } from "./errors.ts";

export interface StorageParts {
  database: StorageDatabase;
  /** Contents by version: metadata are rows, bytes are here. */
  contents: Map<string, Uint8Array>;
  limits: Limits;
  keys: ProjectKeys;
  /** Uploads without upsert that have asked whether their key is free, and have not written yet. */
  asking: Map<string, Set<Promise<void>>>;
}

/** A request on its way to one route. */
export interface StorageRequest {
  parts: StorageParts;
  request: Request;
  url: URL;
  caller: Caller;
  /** Empty where the route has none. */
  bucket: string;
  key: string;
  /** The body as an object; nothing sent counts as `{}`. */
  json<T extends object>(): Promise<T>;
}

export async function readJson<T extends object>(request: Request): Promise<T> {
  const text = await request.text();
  if (text === "") return {} as T;
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw invalidRequest("body must be object");
}
