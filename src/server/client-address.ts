import { isIP } from "node:net";
import { type AddressList, isLoopback, plainAddress } from "./address-list.ts";

/** The part of Bun's server that the app asks; absent when the app is called in the same process. */
export interface ServerBindings {
  requestIP?(request: Request): { address: string } | null;
}

/** A call inside the process has no peer: it is as local as can be. */
const IN_PROCESS = "127.0.0.1";
/** Entries of `X-Forwarded-For` that are looked at, from the right. */
const MAX_HOPS = 20;
const FORWARDING_HEADERS = ["x-forwarded-for", "forwarded", "x-real-ip"];

/** The address that talks to us. Empty when the connection is gone. */
function peerAddress(request: Request, bindings: ServerBindings | undefined): string {
  if (!bindings?.requestIP) return IN_PROCESS;
  return plainAddress(bindings.requestIP(request)?.address ?? "");
}

/** Where a request comes from. Asked for only when needed: reading the peer's address costs as much as a cached answer. */
export class RequestOrigin {
  readonly #request: Request;
  readonly #bindings: ServerBindings | undefined;
  readonly #trusted: AddressList;
  #address: string | undefined;

  constructor(request: Request, bindings: ServerBindings | undefined, trusted: AddressList) {
    this.#request = request;
    this.#bindings = bindings;
    this.#trusted = trusted;
  }

  /** Address of the peer, after trusted proxies. */
  get address(): string {
    this.#address ??= clientAddress(this.#request, this.#bindings, this.#trusted);
    return this.#address;
  }

  /**
   * Whether the request comes from this machine itself. A forwarding header on a loopback connection means that some
   * proxy passed on a stranger, so without a trusted proxy it is not local.
   */
  get isLocal(): boolean {
    if (!isLoopback(this.address)) return false;
    return !this.#trusted.isEmpty || !FORWARDING_HEADERS.some((name) => this.#request.headers.has(name));
  }
}

/**
 * The peer's address, or what trusted proxies say in `X-Forwarded-For`, read from the right up to the first hop that is
 * not one of them. Anyone else's header is ignored.
 */
function clientAddress(request: Request, bindings: ServerBindings | undefined, trusted: AddressList): string {
  const peer = peerAddress(request, bindings);
  if (trusted.isEmpty || !trusted.has(peer)) return peer;
  const hops = (request.headers.get("x-forwarded-for") ?? "").split(",").slice(-MAX_HOPS);
  let client = peer;
  for (const hop of hops.reverse()) {
    const address = plainAddress(hop.trim());
    if (isIP(address) === 0) break;
    client = address;
    if (!trusted.has(address)) break;
  }
  return client;
}
