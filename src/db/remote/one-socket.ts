import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { ConnectionProfile } from "./profile.ts";

interface OneSocket {
  /** Connects, the first time; rejects ever after. */
  open(): Promise<Socket>;
  destroy(): void;
}

/**
 * The only socket of a session. Left to itself the driver connects again, without end and without a wait, for as long
 * as a server hangs up before the first answer, and shows it the password each time.
 */
export function createOneSocket({ host, port }: Pick<ConnectionProfile, "host" | "port">): OneSocket {
  let socket: Socket | undefined;
  return {
    async open() {
      if (socket) throw Object.assign(new Error("the server hung up"), { code: "CONNECTION_CLOSED" });
      // A directory is libpq's way to name the server's Unix socket in it.
      socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect({ host, port });
      await once(socket, "connect");
      // The driver names them in its errors, and the host to a server with TLS.
      return Object.assign(socket, { host, port });
    },
    destroy: () => void socket?.destroy(),
  };
}
