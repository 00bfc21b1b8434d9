import { connect, createServer, type Socket } from "node:net";

/** The socket in front of the server: `Bun.serve` can neither reset a connection nor be told to. */
export interface Wire {
  readonly port: number;
  /** Resets the client's connection whose other half reached the server from `upstreamPort`. */
  reset(upstreamPort: number): void;
  close(): Promise<void>;
}

/** Carries bytes between a loopback port of its own and the server on `serverPort`, one connection for each. */
export async function openWire(serverPort: number): Promise<Wire> {
  const clients = new Map<number, Socket>();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ port: serverPort, host: "127.0.0.1" });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        // What was already written has to leave before the other half goes.
        if (socket === upstream) other.end();
        else other.destroy();
      });
    }
    upstream.on("connect", () => {
      const port = upstream.localPort ?? 0;
      clients.set(port, client);
      upstream.on("close", () => clients.delete(port));
    });
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    reset: (upstreamPort) => void clients.get(upstreamPort)?.resetAndDestroy(),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
