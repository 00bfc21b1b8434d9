import { join } from "node:path";
import type { Settings } from "../../settings.ts";
import { keepSecret } from "./secret-file.ts";

/** `SECRET_KEY`, else the random key of the data directory: the server and the command line read the same one. */
export function loadSecretKey(dataDir: string, settings: Pick<Settings, "secretKey">): string {
  return settings.secretKey ?? keepSecret(join(dataDir, "secret-key")).value;
}
