import { describe, expect, test } from "bun:test";
import { readServerSentEvents, type ServerSentEvent } from "../../src/tui/server-sent-events.ts";

const forever = new AbortController().signal;

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
}

async function collect(body: ReadableStream<Uint8Array>): Promise<ServerSentEvent[]> {
  return Array.fromAsync(readServerSentEvents(body, forever));
}

const STREAM =
  'retry: 5\n\n: beat\n\nid: 7\nevent: run.started\ndata: {"a":1}\n\ndata: two\ndata:lines\n\nevent: empty\n\n';
const EVENTS = [
  { event: "run.started", data: '{"a":1}', id: "7" },
  { event: "message", data: "two\nlines", id: "7" },
];

describe("readServerSentEvents", () => {
  test("reads names, ids and data; comments and events without data give nothing", async () => {
    expect(await collect(streamOf(STREAM))).toEqual(EVENTS);
    expect(await collect(streamOf(STREAM.replaceAll("\n", "\r\n")))).toEqual(EVENTS);
  });

  test("does not care where the pieces are cut, even inside a character", async () => {
    const bytes = new TextEncoder().encode('data: {"ñ":"日本"}\n\n');
    for (let cut = 1; cut < bytes.length; cut++) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes.slice(0, cut));
          controller.enqueue(bytes.slice(cut));
          controller.close();
        },
      });
      expect(await collect(body)).toEqual([{ event: "message", data: '{"ñ":"日本"}', id: null }]);
    }
  });

  test("an event cut off by the end is not an event", async () => {
    expect(await collect(streamOf("data: half\n"))).toEqual([]);
  });

  test("gives up on an event that never ends", async () => {
    expect(collect(streamOf("data: ", "x".repeat(1_000_001)))).rejects.toThrow("too long");
  });

  test("stops at once when aborted, and lets the stream go", async () => {
    const stopping = new AbortController();
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      cancel() {
        cancelled = true;
      },
    });
    const reading = Array.fromAsync(readServerSentEvents(body, stopping.signal));
    stopping.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    expect(cancelled).toBe(true);
  });
});
