import { VigiaError } from "../../kit/errors.ts";

/** A Postgres URL taken apart. Holds the password, so it is never printed. */
export interface PostgresAddress {
  /** Lower case, without brackets; a directory for a Unix socket. */
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** What followed the `?`. It never travels: poolers refuse connections that bring parameters which they do not know. */
  parameters: URLSearchParams;
  /** The scheme named a driver (`postgresql+asyncpg://`), as the old systems wrote it. */
  namesDriver: boolean;
}

const SCHEME = /^postgres(?:ql)?(\+\w+)?:\/\//i;

/** Takes a URL apart. Throws `bad_postgres_url`; no message holds any part of the URL. */
export function parsePostgresAddress(text: string): PostgresAddress {
  const scheme = SCHEME.exec(text);
  if (!scheme) throw badUrl("The Postgres address does not start with postgres:// or postgresql://.");
  const rest = text.slice(scheme[0].length);
  // With one of these the address would silently end inside the password, and the rest of it would become a host name.
  if (/^[^@]*[/?#][^@]*@/.test(rest)) throw badUrl("The password in the Postgres address holds one of / ? # as it is.");
  const url = parseUrl(`postgres://${rest}`);
  const port = url.port === "" ? 5432 : Number(url.port);
  return {
    host: hostOf(url),
    port,
    user: decode(url.username),
    password: decode(url.password),
    database: decode(url.pathname.slice(1)) || "postgres",
    parameters: url.searchParams,
    namesDriver: scheme[1] !== undefined,
  };
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw badUrl("The Postgres address cannot be read.");
  }
}

/** A host parameter is libpq's way to name the directory of a Unix socket. */
function hostOf(url: URL): string {
  const directory = url.searchParams.get("host");
  const host = directory?.startsWith("/") ? directory : decode(url.hostname);
  if (host === "") throw badUrl("The Postgres address names no host.");
  return host.startsWith("/") ? host : host.replace(/^\[|\]$|\.$/g, "").toLowerCase();
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badUrl("The Postgres address holds a % that is not followed by two hex digits.");
  }
}

const badUrl = (message: string): VigiaError =>
  new VigiaError("bad_postgres_url", message, {
    hint: "Write postgres://user:<password>@host:port/postgres with every special character of the password percent-encoded (@ is %40, # is %23).",
  });
