import type { HouseEvent, HouseEvents } from "../../jobs/events.ts";
import type { Clock } from "../../kit/clock.ts";
import { seconds } from "../../kit/duration.ts";
import type { Published } from "../../kit/events.ts";

export interface EventStreamOptions {
  events: HouseEvents;
  clock: Clock;
  /** Which events this reader may hear. */
  hears: (event: HouseEvent) => boolean;
  /** The reader heard everything up to here; undefined for one that starts now. */
  lastEventId: number | undefined;
  /** Ends the stream: shutdown. */
  closing: AbortSignal;
  onClose: () => void;
}

/** A comment this often keeps proxies from cutting the line, and finds readers that are gone. */
const HEARTBEAT_MS = seconds(15);
/** A reader this far behind is dropped; it comes back with `Last-Event-ID` or reads the state anew. */
const MAX_UNREAD = 256;
/** How long a browser waits before it comes back. */
const RETRY_MS = 3_000;

/** Events as `text/event-stream`. `event: reset` tells a reader that it missed some and should read the state anew. */
export function createEventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { events, clock, hears, lastEventId, closing, onClose } = options;
  const encoder = new TextEncoder();
  const ended = new AbortController();
  let unsubscribe = () => {};
  const end = () => {
    if (ended.signal.aborted) return;
    ended.abort();
    unsubscribe();
    closing.removeEventListener("abort", end);
    onClose();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const close = () => {
          if (ended.signal.aborted) return;
          end();
          controller.close();
        };
        const send = (text: string) => {
          if (ended.signal.aborted) return;
          if ((controller.desiredSize ?? 0) <= 0) return close();
          controller.enqueue(encoder.encode(text));
        };
        if (closing.aborted) return close();
        closing.addEventListener("abort", close, { once: true });
        send(`retry: ${RETRY_MS}\n\n`);
        for (const text of missedEvents(events, lastEventId, hears)) send(text);
        unsubscribe = events.subscribe((published) => {
          if (hears(published.event)) send(eventText(published));
        });
        void beat(() => send(": heartbeat\n\n"), clock, ended.signal);
      },
      cancel: end,
    },
    { highWaterMark: MAX_UNREAD },
  );
}

function missedEvents(events: HouseEvents, lastEventId: number | undefined, hears: (event: HouseEvent) => boolean) {
  if (lastEventId === undefined) return [];
  const remembered = events.since(0);
  const newest = remembered.at(-1)?.id ?? 0;
  const oldest = remembered[0]?.id ?? 1;
  // A larger id than ours is from before a restart; a gap means that events were forgotten.
  const restarted = lastEventId > newest;
  const missed = restarted || lastEventId + 1 < oldest;
  const later = remembered.filter(({ id, event }) => (restarted || id > lastEventId) && hears(event));
  return [...(missed ? ["event: reset\ndata: {}\n\n"] : []), ...later.map(eventText)];
}

/** `event` is the type, data the event with its time; a system's own event is `system`, with its type and data inside. */
function eventText({ id, at, event }: Published<HouseEvent>): string {
  const shown = event.type === "system" ? { type: event.type, event: event.event.type, data: event.event.data } : event;
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify({ ...shown, at })}\n\n`;
}

async function beat(send: () => void, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const rang = await clock.sleep(HEARTBEAT_MS, signal).then(
      () => true,
      () => false,
    );
    if (rang) send();
  }
}
