import { abortable } from "./time-limit.ts";

export interface ServerSentEvent {
  event: string;
  data: string;
  /** Id of the last event that had one, for `Last-Event-ID`. */
  id: string | null;
}

/** A single event is a few hundred bytes; a stream that never ends a line is not one of ours. */
const MAX_PENDING_CHARACTERS = 1_000_000;

/**
 * The events of a `text/event-stream` body (WHATWG HTML 9.2), until it ends. Comments are heartbeats and give nothing.
 * `onChunk` hears every piece that arrives, heartbeats too. Throws when the stream breaks, the signal aborts or a line never ends.
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onChunk: () => void = () => {},
): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let pending = "";
  let id: string | null = null;
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      onChunk();
      pending += decoder.decode(value, { stream: true });
      if (pending.length > MAX_PENDING_CHARACTERS) throw new Error("an event of the stream is too long");
      const blocks = pending.split(/\r\n\r\n|\n\n|\r\r/);
      pending = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parseBlock(block, id);
        id = event.id;
        if (event.data !== "") yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parseBlock(block: string, lastId: string | null): ServerSentEvent {
  const event: ServerSentEvent = { event: "message", data: "", id: lastId };
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event.event = value;
    if (field === "data") data.push(value);
    if (field === "id" && !value.includes("\0")) event.id = value;
  }
  event.data = data.join("\n");
  return event;
}
