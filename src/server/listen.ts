import { errorCode, VigiaError } from "../kit/errors.ts";
import { IMPORT_MEBIBYTES } from "./body-size.ts";
import type { ServerBindings } from "./client-address.ts";

/** Anything that answers requests the way Hono's app does. */
export interface Answering {
  fetch(request: Request, bindings: ServerBindings): Response | Promise<Response>;
}

export interface Listening {
  /** Address to open, with the port that was taken. */
  url: string;
  port: number;
  /** Takes no new connections, lets open requests end for `graceMs`, then cuts them. */
  stop(options?: { graceMs?: number }): Promise<void>;
}

/** Longer than the event stream's heartbeat (15 s), so that quiet streams stay open. */
const IDLE_TIMEOUT_SECONDS = 60;
/** A little more than the gate lets through, so that the gate's own refusal, a problem, is what clients see. */
const MAX_BODY_BYTES = (IMPORT_MEBIBYTES + 1) * 1_048_576;

/** Opens the port (0 = any free one). Errors: `port_in_use`, `listen_failed`. */
export function listen(app: Answering, { host, port }: { host: string; port: number }): Listening {
  const server = openPort(app, host, port);
  const taken = server.port ?? port;
  return {
    url: `http://${urlHost(host)}:${taken}`,
    port: taken,
    async stop({ graceMs = 0 } = {}) {
      const drained = server.stop(graceMs === 0);
      if (graceMs === 0) return drained;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs);
      });
      await Promise.race([drained, late]);
      clearTimeout(timer);
      await server.stop(true);
    },
  };
}

function openPort(app: Answering, hostname: string, port: number) {
  try {
    return Bun.serve({
      hostname,
      port,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      maxRequestBodySize: MAX_BODY_BYTES,
      development: false,
      // Outside development mode Bun shares a taken port by default.
      reusePort: false,
      fetch: (request, server) => app.fetch(request, server),
      // Hono answers its own errors; this is for what breaks outside of it.
      error: () => new Response(null, { status: 500 }),
    });
  } catch (cause) {
    const busy = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    throw new VigiaError(
      busy ? "port_in_use" : "listen_failed",
      busy ? `Port ${port} on ${hostname} is taken.` : `Cannot listen on ${hostname}:${port} (${errorCode(cause)}).`,
      {
        hint: "Set PORT to another number, or to 0 for any free one; VIGIA_HOST must be an address of this machine.",
        cause,
      },
    );
  }
}

/** Where a browser on this machine finds it. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
