import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { VigiaError } from "../../kit/errors.ts";
import { parsePostgresAddress } from "./address.ts";

export type TlsMode = "verify-full" | "require" | "disable";

export interface TlsSettings {
  postgresSsl?: TlsMode | undefined;
  supabaseCaCertFile?: string | undefined;
}

export interface TlsPlan {
  mode: TlsMode;
  /** False: no TLS. */
  options: ConnectionOptions | false;
  /** What the operator should know, as a sentence. */
  warning?: string;
}

/**
 * How the connection to `url` is encrypted: `POSTGRES_SSL`, else the address's own `sslmode`, else `verify-full`, and
 * `disable` on this machine. Throws `bad_tls`.
 */
export function planTls(url: string, local: boolean, settings: TlsSettings, now: Date): TlsPlan {
  const { host, parameters } = parsePostgresAddress(url);
  const mode = settings.postgresSsl ?? namedMode(parameters.get("sslmode")) ?? (local ? "disable" : "verify-full");
  if (mode === "disable") {
    if (local) return { mode, options: false };
    throw new VigiaError("bad_tls", "TLS may be off on this machine only, and the Postgres address is another one.", {
      hint: "Set POSTGRES_SSL=verify-full (or require), and take sslmode=disable out of the address.",
    });
  }
  // A name is asked for by SNI; an address has none, and is compared with the certificate as it is.
  const server = isIP(host) ? { host } : { host, servername: host };
  if (mode === "require") {
    const warning = "POSTGRES_SSL=require encrypts, but anybody in between could pose as the server.";
    return { mode, options: { ...server, rejectUnauthorized: false }, warning };
  }
  const file = settings.supabaseCaCertFile;
  return { mode, options: { ...server, rejectUnauthorized: true, ...(file ? { ca: readAuthority(file, now) } : {}) } };
}

function namedMode(sslmode: string | null): TlsMode | undefined {
  if (sslmode === "verify-full" || sslmode === "verify-ca") return "verify-full";
  return sslmode === "require" || sslmode === "disable" ? sslmode : undefined;
}

function readAuthority(path: string, now: Date): string {
  const hint = "Download the project's certificate under Database settings, SSL configuration.";
  let text: string;
  let validTo: Date;
  try {
    text = readFileSync(path, "utf8");
    validTo = new Date(new X509Certificate(text).validTo);
  } catch (cause) {
    throw new VigiaError("bad_tls", `SUPABASE_CA_CERT_FILE (${path}) is not a readable PEM certificate.`, {
      hint,
      cause,
    });
  }
  if (validTo > now) return text;
  throw new VigiaError("bad_tls", `SUPABASE_CA_CERT_FILE (${path}) expired at ${validTo.toISOString()}.`, { hint });
}
