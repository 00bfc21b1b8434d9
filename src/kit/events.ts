/** One thing that happened, numbered in the order in which it was published. */
export interface Published<Event> {
  id: number;
  at: string;
  event: Event;
}

export interface EventBus<Event> {
  publish(event: Event): void;
  /** Calls `listener` for every later event; returns the way out. A listener that throws is dropped from that event only. */
  subscribe(listener: (published: Published<Event>) => void): () => void;
  /** Events after `id` that are still remembered, oldest first. */
  since(id: number): Published<Event>[];
  readonly listeners: number;
}

export interface EventBusOptions {
  now: () => Date;
  /** Hears what a listener threw. */
  onFault?: (thrown: unknown) => void;
}

/** Events kept for `Last-Event-ID`; older ones are gone and clients re-read the state instead. */
const REMEMBERED_EVENTS = 500;

export function createEventBus<Event>({ now, onFault }: EventBusOptions): EventBus<Event> {
  const listeners = new Set<(published: Published<Event>) => void>();
  const remembered: Published<Event>[] = [];
  let lastId = 0;
  return {
    publish(event) {
      const published = { id: ++lastId, at: now().toISOString(), event };
      remembered.push(published);
      if (remembered.length > REMEMBERED_EVENTS) remembered.shift();
      for (const listener of listeners) {
        try {
          listener(published);
        } catch (thrown) {
          // A broken reader must not stop the writer or the other readers.
          onFault?.(thrown);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    since: (id) => remembered.filter((published) => published.id > id),
    get listeners() {
      return listeners.size;
    },
  };
}
