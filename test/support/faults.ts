import { createServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { Fetch } from "../../src/net/exchange.ts";

/** A request as the server read it. */
export interface RecordedRequest {
  method: string;
  /** The host that was meant: `routeTo` carries it in a header. */
  host: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: string;
  /** Milliseconds of `performance.now()` at the end of its headers. */
  atMs: number;
  /** Resolves when the client has hung up or the answer is complete. */
  ended: Promise<void>;
}

/** What the server does with one request. */
export type Fault = (socket: Socket, request: RecordedRequest) => void | Promise<void>;

export interface FaultServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly requests: RecordedRequest[];
  /** Requests being answered now, and the most at once so far. */
  readonly open: number;
  readonly mostOpen: number;
  /** Faults for the next requests, in order; afterwards `otherwise` answers. */
  script(...faults: Fault[]): void;
  /** Answers every request that has no script. Default: 200 `{}`. */
  otherwise(fault: Fault): void;
  close(): Promise<void>;
}

/** A real server on a loopback port that misbehaves as told; one connection for each request, but for `keepOpen`. */
export async function startFaultServer(): Promise<FaultServer> {
  const requests: RecordedRequest[] = [];
  const scripted: Fault[] = [];
  const sockets = new Set<Socket>();
  let otherwise: Fault = json({});
  let open = 0;
  let mostOpen = 0;

  const server = createServer((socket) => {
    sockets.add(socket);
    const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    ended.then(() => sockets.delete(socket));
    socket.on("error", () => undefined);
    readRequest(socket, ended, (request) => {
      requests.push(request);
      mostOpen = Math.max(mostOpen, ++open);
      ended.then(() => open--);
      void (scripted.shift() ?? otherwise)(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    get open() {
      return open;
    },
    get mostOpen() {
      return mostOpen;
    },
    script: (...faults) => void scripted.push(...faults),
    otherwise: (fault) => {
      otherwise = fault;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A `fetch` that takes every host to the loopback server and tells it which one was meant. */
export function routeTo(server: { url: string }): Fetch {
  return (address, init) => {
    const meant = new URL(address);
    const headers = new Headers(init.headers);
    headers.set("x-original-host", meant.host);
    return fetch(`${server.url}${meant.pathname}${meant.search}`, { ...init, headers });
  };
}

/** A loopback port on which nobody listens: connections are refused. */
export async function unusedPort(): Promise<number> {
  const server = await startFaultServer();
  await server.close();
  return server.port;
}

export interface AnswerOptions {
  status?: number;
  headers?: Record<string, string>;
}

export function answer(body: string | Uint8Array, { status = 200, headers = {} }: AnswerOptions = {}): Fault {
  return (socket) => {
    socket.end(
      Buffer.concat([
        head(status, { "content-length": String(Buffer.byteLength(body)), ...headers }),
        Buffer.from(body),
      ]),
    );
  };
}

export const json = (value: unknown, options: AnswerOptions = {}): Fault =>
  answer(JSON.stringify(value), { ...options, headers: { "content-type": "application/json", ...options.headers } });

export const status = (code: number, headers: Record<string, string> = {}): Fault =>
  answer(`status ${code}`, { status: code, headers });

export const tooManyRequests = (retryAfter?: string): Fault =>
  answer("Too Many Requests", { status: 429, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } });

export const html = (): Fault =>
  answer("<!doctype html><title>Maintenance</title>", { headers: { "content-type": "text/html" } });

export const truncatedJson = (): Fault =>
  answer('{"rows":[{"id":1},{"id"', { headers: { "content-type": "application/json" } });

/** Announces more than it sends and closes properly. */
export const cutBody = (): Fault => (socket) => {
  socket.end(Buffer.concat([head(200, { "content-length": "1000" }), Buffer.from('{"rows":[')]));
};

/** Answers and leaves the connection open for another request. */
export const keepOpen = (): Fault => (socket) =>
  void socket.write(Buffer.concat([head(200, { connection: "keep-alive", "content-length": "2" }), Buffer.from("{}")]));

/** Reads the request and never answers. */
export const hang = (): Fault => () => undefined;

/** Sends headers and the start of the body, then nothing more. */
export const stallBody =
  (code = 200): Fault =>
  (socket) => {
    socket.write(Buffer.concat([head(code, { "content-length": "1000" }), Buffer.from('{"rows":[')]));
  };

/** Resets the connection after reading the request. */
export const reset = (): Fault => (socket) => void socket.resetAndDestroy();

/** Resets the connection in the middle of the body. */
export const resetBody = (): Fault => (socket, request) => {
  stallBody()(socket, request);
  setImmediate(() => socket.resetAndDestroy());
};

export const redirect = (location: string, code = 302): Fault => status(code, { location });

/** A body of `bytes` without an announced length, as fast as the client takes it. */
export const hugeBody =
  (bytes: number): Fault =>
  async (socket) => {
    socket.write(head(200, {}));
    const chunk = Buffer.alloc(64 * 1024, "x");
    for (let sent = 0; sent < bytes && !socket.destroyed; sent += chunk.length) {
      if (!socket.write(chunk)) await Promise.race([once(socket, "drain"), once(socket, "close")]);
    }
    socket.end();
  };

/** A small compressed body that inflates to `bytes`. */
export const gzipBomb = (bytes: number): Fault =>
  answer(gzipSync(Buffer.alloc(bytes)), { headers: { "content-encoding": "gzip" } });

/** Waits before it goes on with `fault`. */
export const after =
  (ms: number, fault: Fault): Fault =>
  (socket, request) => {
    setTimeout(() => void fault(socket, request), ms);
  };

function head(code: number, headers: Record<string, string>): Buffer {
  const lines = Object.entries({ connection: "close", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${code} Scripted\r\n${lines.join("")}\r\n`);
}

function once(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

function readRequest(socket: Socket, ended: Promise<void>, done: (request: RecordedRequest) => void): void {
  let received = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const headEnd = received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const [start = "", ...lines] = received.subarray(0, headEnd).toString("latin1").split("\r\n");
    const headers = new Headers(lines.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]));
    const body = received.subarray(headEnd + 4);
    if (body.length < Number(headers.get("content-length") ?? 0)) return;
    received = Buffer.alloc(0);
    const [method = "", target = "/"] = start.split(" ");
    const url = new URL(target, "http://loopback");
    const host = headers.get("x-original-host") ?? headers.get("host") ?? "";
    done({
      method,
      host,
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: body.toString(),
      atMs: performance.now(),
      ended,
    });
  };
  socket.on("data", onData);
}
