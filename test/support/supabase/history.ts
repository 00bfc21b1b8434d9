import type { FaultKind } from "./faults.ts";
import type { Target } from "./target.ts";

/** One request as the server saw it; filled in while it is answered. */
export interface HistoryEntry extends Target {
  /** Place in the order of arrival, from 0. */
  readonly at: number;
  /** Role that the credentials stand for; absent when they are refused. */
  role?: string;
  /** HTTP status as sent; 0 while open, and for ever when nothing was sent. */
  status: number;
  /** The fault that met it. */
  fault?: FaultKind;
  /** Whether it changed rows or objects, whatever the client was told. */
  committed: boolean;
  /** Body of a write to a table or function, as sent. */
  body?: string;
  /** The same, parsed: a single object is one row. Absent when the body is no JSON. */
  readonly rows?: Record<string, unknown>[] | undefined;
  readonly rowCount: number;
  bytes: number;
  readonly startedMs: number;
  endedMs?: number;
}

export interface History {
  /** In order of arrival. */
  readonly requests: readonly HistoryEntry[];
  readonly open: number;
  /** Most requests open at once so far. */
  readonly maxOpen: number;
  /** When each request arrived, in order. */
  readonly startsMs: number[];
  /** Writes to a table that took effect, in order. */
  committedTo(table: string): HistoryEntry[];
  /** Resolves as soon as this is true; asked whenever a request arrives or is over. */
  until(condition: (history: History) => boolean): Promise<void>;
  /** Forgets what is over, not what is open. */
  clear(): void;
}

export interface HistoryKeeper extends History {
  begin(target: Target): HistoryEntry;
  end(entry: HistoryEntry): void;
}

export function createHistory(nowMs: () => number): HistoryKeeper {
  let requests: HistoryEntry[] = [];
  let arrived = 0;
  let open = 0;
  let maxOpen = 0;
  const waiting = new Set<{ condition: (history: History) => boolean; resolve: () => void }>();
  const wake = () => {
    for (const waiter of [...waiting]) {
      if (!waiter.condition(history)) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  };
  const history: HistoryKeeper = {
    get requests() {
      return requests;
    },
    get open() {
      return open;
    },
    get maxOpen() {
      return maxOpen;
    },
    get startsMs() {
      return requests.map((entry) => entry.startedMs);
    },
    committedTo: (table) => requests.filter((entry) => entry.committed && entry.table === table),
    clear() {
      requests = requests.filter((entry) => entry.endedMs === undefined);
      maxOpen = open;
    },
    begin(target) {
      const entry = new Recorded(target, arrived++, nowMs());
      requests.push(entry);
      maxOpen = Math.max(maxOpen, ++open);
      wake();
      return entry;
    },
    end(entry) {
      if (entry.endedMs !== undefined) return;
      entry.endedMs = nowMs();
      open--;
      wake();
    },
    until: (condition) =>
      new Promise((resolve) => {
        waiting.add({ condition, resolve });
        wake();
      }),
  };
  return history;
}

// A class for the sake of its getters: bodies are parsed only when a test asks, and on the prototype they cost nothing.
class Recorded implements HistoryEntry {
  readonly service;
  readonly method;
  readonly path;
  readonly query;
  readonly headers;
  declare readonly table?: string;
  declare readonly bucket?: string;
  declare readonly key?: string;
  status = 0;
  committed = false;
  bytes = 0;
  declare body?: string;

  constructor(
    target: Target,
    readonly at: number,
    readonly startedMs: number,
  ) {
    this.service = target.service;
    this.method = target.method;
    this.path = target.path;
    this.query = target.query;
    this.headers = target.headers;
    if (target.table !== undefined) this.table = target.table;
    if (target.bucket !== undefined) this.bucket = target.bucket;
    if (target.key !== undefined) this.key = target.key;
  }

  get rows(): Record<string, unknown>[] | undefined {
    if (this.body === undefined) return undefined;
    try {
      const parsed = JSON.parse(this.body);
      return Array.isArray(parsed) ? parsed : [parsed];
    } catch {
      return undefined;
    }
  }

  get rowCount(): number {
    return this.rows?.length ?? 0;
  }
}
