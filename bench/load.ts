/**
 * Closed-loop HTTP load from a process of its own: `bun bench/load.ts URL CONNECTIONS SECONDS` prints one JSON line
 * `{ requests, seconds, perSecond, p50Ms, p99Ms, maxMs, errors }`. Plain sockets with keep-alive, so that the client costs
 * little beside the server that it measures. SIGTERM ends it before its time, with the figures so far.
 */
const [target = "", connections = "32", seconds = "3"] = process.argv.slice(2);
const url = new URL(target);
const request = Buffer.from(
  `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: application/json\r\n\r\n`,
);
const HEAD_END = Buffer.from("\r\n\r\n");

const latenciesMs: number[] = [];
let errors = 0;
let stopping = false;

function connectOne(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let pending: Buffer = Buffer.alloc(0);
  let sentAt = 0;
  const send = (socket: { write(data: Buffer): unknown; end(): unknown }) => {
    if (stopping) return void socket.end();
    sentAt = performance.now();
    socket.write(request);
  };
  Bun.connect({
    hostname: url.hostname,
    port: Number(url.port),
    socket: {
      open: send,
      data(socket, chunk) {
        pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
        const size = answerSize(pending);
        if (size === undefined || pending.length < size) return;
        if (!pending.subarray(9, 12).equals(OK)) errors++;
        latenciesMs.push(performance.now() - sentAt);
        pending = pending.subarray(size);
        send(socket);
      },
      close: () => resolve(),
      error: () => {
        errors++;
        resolve();
      },
      connectError: () => {
        errors++;
        resolve();
      },
    },
  }).catch(() => resolve());
  return promise;
}

const OK = Buffer.from("200");

/** Bytes of the first answer in `data`, or undefined while its head is not complete. */
function answerSize(data: Buffer): number | undefined {
  const head = data.indexOf(HEAD_END);
  if (head < 0) return undefined;
  const length = /content-length: *(\d+)/i.exec(data.toString("latin1", 0, head))?.[1];
  return head + HEAD_END.length + Number(length ?? 0);
}

const startedAt = performance.now();
setTimeout(() => {
  stopping = true;
}, Number(seconds) * 1_000).unref();
process.on("SIGTERM", () => {
  stopping = true;
});
await Promise.all(Array.from({ length: Number(connections) }, connectOne));
const elapsed = (performance.now() - startedAt) / 1_000;
latenciesMs.sort((left, right) => left - right);
const percentile = (share: number) =>
  latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? 0;
console.log(
  JSON.stringify({
    requests: latenciesMs.length,
    seconds: elapsed,
    perSecond: latenciesMs.length / elapsed,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    maxMs: percentile(1),
    errors,
  }),
);
