import { join } from "node:path";
import type { Settings } from "../../settings.ts";
import { keepSecret } from "./secret-file.ts";

export interface OperatorToken {
  token: string;
  /** Made here instead of configured: it counts from this machine only. */
  generated: boolean;
  /** Made just now: print it once. */
  created: boolean;
}

/** `VIGIA_ADMIN_TOKEN`, else the token generated once for the data directory. */
export function loadOperatorToken(dataDir: string, settings: Pick<Settings, "vigiaAdminToken">): OperatorToken {
  if (settings.vigiaAdminToken) return { token: settings.vigiaAdminToken, generated: false, created: false };
  const { value, created } = keepSecret(join(dataDir, "admin-token"));
  return { token: value, generated: true, created };
}
