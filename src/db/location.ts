import { join, resolve } from "node:path";

export interface DatabaseLocation {
  url: string;
  /** File of a local store; absent for a remote one. */
  path?: string;
}

/**
 * Where the local store is: `file:` and `sqlite:///` name a file (relative ones start at the working directory),
 * `libsql:` a server; empty means `vigia.db` in the data directory.
 */
export function databaseLocation(databaseUrl: string | undefined, dataDir: string): DatabaseLocation {
  if (!databaseUrl) return fileAt(join(resolve(dataDir), "vigia.db"));
  if (databaseUrl.startsWith("libsql:")) return { url: databaseUrl };
  return fileAt(filePath(databaseUrl));
}

/** The log lines' file lies beside the store, or in the data directory when the store is remote. */
export function runLogsLocation(store: DatabaseLocation, dataDir: string): DatabaseLocation {
  const path = store.path ? store.path.replace(/(\.[^./\\]*)?$/, "-logs.db") : join(resolve(dataDir), "vigia-logs.db");
  return fileAt(path);
}

function filePath(url: string): string {
  // sqlite:///relative, sqlite:////absolute (SQLAlchemy's form); file:relative, file:///absolute.
  const path = url.startsWith("sqlite:") ? url.replace(/^sqlite:\/{0,3}/, "") : url.replace(/^file:(\/\/(?=\/))?/, "");
  return resolve(path);
}

const fileAt = (path: string): DatabaseLocation => ({ url: fileUrl(path), path });

/** The client decodes `%`, and reads what follows `?` and `#` as options: in a path they are letters like any other. */
export const fileUrl = (path: string): string => `file:${path.replace(/[%?#]/g, encodeURIComponent)}`;
