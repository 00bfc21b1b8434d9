import type { Peer } from "./peer.ts";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const DEFAULT_SECRET_PARAMETERS = ["apikey", "api_key", "token", "key", "access_token"];
/** Headers that may follow a redirect to another host: they say who asks and for what, never with which right. */
const CARRIED_HEADERS = ["accept", "accept-language", "user-agent", "x-request-id"];

/** The address if the peer may be reached there: exact host and port, https unless it is this machine. */
export function allowedAddress(peer: Peer, address: string, base?: URL): URL | undefined {
  const url = URL.parse(address, base?.href);
  if (!url || !peer.hosts.some((host) => host.toLowerCase() === url.host)) return undefined;
  const secure = url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname));
  return secure ? url : undefined;
}

/** The address as it may be logged: without user, password, fragment and the values of parameters that carry keys. */
export function maskAddress(peer: Peer, address: string): string {
  const url = URL.parse(address);
  if (!url) return "(not an address)";
  if (peer.secretPath) return `${url.origin}/***`;
  url.username = "";
  url.password = "";
  url.hash = "";
  const secret = secretParameters(peer);
  for (const name of new Set(url.searchParams.keys())) {
    if (secret.has(name.toLowerCase())) url.searchParams.set(name, "***");
  }
  return url.href;
}

/** Every value in a request that must not show in texts: keys in the query, credentials in the address, authorising headers. */
export function secretsOf(peer: Peer, address: string, headers: Headers): string[] {
  const secrets: string[] = [];
  const url = URL.parse(address);
  const parameters = secretParameters(peer);
  for (const [name, value] of url?.searchParams ?? []) if (parameters.has(name.toLowerCase())) secrets.push(value);
  if (url && peer.secretPath) secrets.push(url.pathname, url.pathname.slice(1), url.pathname + url.search);
  if (url?.username) secrets.push(decoded(url.username), decoded(url.password));
  for (const [name, value] of headers) {
    if (/auth|cookie|key|token|secret/i.test(name)) secrets.push(value, value.replace(/^\S+\s+/, ""));
  }
  return secrets.flatMap((value) => [value, encodeURIComponent(value)]);
}

export function headersForOtherHost(headers: Headers): Headers {
  const carried = new Headers();
  for (const name of CARRIED_HEADERS) {
    const value = headers.get(name);
    if (value !== null) carried.set(name, value);
  }
  return carried;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function secretParameters(peer: Peer): Set<string> {
  return new Set((peer.secretParameters ?? DEFAULT_SECRET_PARAMETERS).map((name) => name.toLowerCase()));
}
