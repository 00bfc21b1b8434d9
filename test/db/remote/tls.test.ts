import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { connectRemote } from "../../../src/db/remote/connect.ts";
import { planTls, type TlsSettings } from "../../../src/db/remote/tls.ts";
import { createSystemClock } from "../../../src/kit/clock.ts";

const clock = createSystemClock();
const now = clock.now();
const REMOTE = "postgres://u:canary@db.example.com/x";

const dir = mkdtempSync(join(tmpdir(), "vigia-tls-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("how a connection is encrypted", () => {
  const plan = (url: string, local: boolean, settings: TlsSettings = {}) => planTls(url, local, settings, now);

  test("fully verified elsewhere, not at all on this machine, as POSTGRES_SSL says where it is set", () => {
    expect(plan(REMOTE, false)).toMatchObject({ mode: "verify-full", options: { rejectUnauthorized: true } });
    expect(plan("postgres://u:p@127.0.0.1/x", true)).toEqual({ mode: "disable", options: false });
    expect(plan(REMOTE, false, { postgresSsl: "require" })).toMatchObject({
      options: { rejectUnauthorized: false, servername: "db.example.com" },
      warning: expect.stringContaining("require"),
    });
    expect(plan("postgres://u:p@127.0.0.1/x", true, { postgresSsl: "verify-full" }).mode).toBe("verify-full");
  });

  test("the address's own sslmode counts where POSTGRES_SSL is unset, and never weakens it further", () => {
    expect(plan(`${REMOTE}?sslmode=require`, false).mode).toBe("require");
    expect(plan(`${REMOTE}?sslmode=require`, false, { postgresSsl: "verify-full" }).mode).toBe("verify-full");
    for (const sslmode of ["prefer", "allow", "verify-ca", "nonsense"])
      expect(plan(`${REMOTE}?sslmode=${sslmode}`, false).mode).toBe("verify-full");
    expect(() => plan(`${REMOTE}?sslmode=disable`, false)).toThrow(/this machine only/);
    expect(() => plan(REMOTE, false, { postgresSsl: "disable" })).toThrow(/this machine only/);
  });

  test("an authority that is missing, no certificate, or expired is refused", () => {
    const file = join(dir, "not.pem");
    writeFileSync(file, "hello");
    for (const supabaseCaCertFile of [file, join(dir, "none.pem"), dir])
      expect(() => plan(REMOTE, false, { supabaseCaCertFile })).toThrow(/not a readable PEM/);
  });
});

const openssl = Bun.which("openssl");

/** A certificate for `name` that vouches for itself. */
function certificate(file: string, name: string, days = "2"): { cert: string; key: string; certFile: string } {
  const [certFile, keyFile] = [join(dir, `${file}.pem`), join(dir, `${file}.key`)];
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", days];
  const names = ["-subj", "/CN=test", "-addext", `subjectAltName=${name}`];
  const ran = Bun.spawnSync([openssl!, ...args, "-keyout", keyFile, "-out", certFile, ...names]);
  if (ran.exitCode !== 0) throw new Error(ran.stderr.toString());
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), certFile };
}

/** Speaks so much of the protocol: agrees to TLS, and after the handshake says that the password is wrong. */
async function openServer({ cert, key }: { cert: string; key: string }) {
  let handshakes = 0;
  const failure = Buffer.from("SFATAL\0C28P01\0Mwrong password\0\0", "latin1");
  const length = Buffer.alloc(4);
  length.writeInt32BE(failure.length + 4);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write("S");
      const secure = new TLSSocket(socket, { isServer: true, cert, key });
      secure.on("error", () => undefined);
      secure.once("data", () => {
        // Only what a client sends that trusts the server: user and database.
        handshakes += 1;
        secure.end(Buffer.concat([Buffer.from("E"), length, failure]));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { port, handshakes: () => handshakes, [Symbol.dispose]: () => void server.close() };
}

describe.skipIf(!openssl)("against a server with a certificate of its own (openssl makes it)", () => {
  const attempt = async (port: number, settings: TlsSettings, host = "localhost") => {
    const url = `postgres://u:canary@${host}:${port}/x`;
    const remote = connectRemote({ url, settings: { environment: "development", ...settings }, clock });
    try {
      return await remote.transaction({}, async () => "connected").catch((thrown) => thrown.sqlState ?? thrown);
    } finally {
      await remote.close();
    }
  };

  test("verify-full takes the right name with the right authority, and nothing else", async () => {
    const right = certificate("right", "DNS:localhost,IP:127.0.0.1");
    const other = certificate("other", "DNS:elsewhere.example.com");
    using server = await openServer(right);
    using renamed = await openServer(other);
    const verified = (file: string): TlsSettings => ({ postgresSsl: "verify-full", supabaseCaCertFile: file });
    expect(await attempt(server.port, verified(right.certFile))).toBe("28P01");
    expect(await attempt(server.port, verified(right.certFile), "127.0.0.1")).toBe("28P01");
    expect(server.handshakes()).toBe(2);
    // An authority that did not sign it, none at all, and a certificate for another host.
    const refused = [
      await attempt(server.port, verified(other.certFile)),
      await attempt(server.port, { postgresSsl: "verify-full" }),
      await attempt(renamed.port, verified(other.certFile)),
    ];
    for (const error of refused) {
      expect(error).toMatchObject({ code: "postgres_failed", hint: expect.stringContaining("SUPABASE_CA_CERT_FILE") });
      expect(Bun.inspect(error)).not.toContain("canary");
    }
    expect([server.handshakes(), renamed.handshakes()]).toEqual([2, 0]);
  });

  test("require encrypts and asks no more; a wrong password is sent once", async () => {
    using server = await openServer(certificate("any", "DNS:elsewhere.example.com"));
    for (const attempts of [1, 2, 3]) {
      expect(await attempt(server.port, { postgresSsl: "require" })).toBe("28P01");
      expect(server.handshakes()).toBe(attempts);
    }
  });

  test("an authority whose time is over is told as such", () => {
    const { certFile } = certificate("old", "DNS:localhost", "1");
    const later = new Date(now.getTime() + 3 * 86_400_000);
    expect(() => planTls(REMOTE, false, { supabaseCaCertFile: certFile }, later)).toThrow(/expired/);
  });
});
