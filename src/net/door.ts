import manifest from "../../package.json" with { type: "json" };
import type { Database } from "../db/index.ts";
import type { Clock } from "../kit/clock.ts";
import { utcDate } from "../kit/dates.ts";
import { VigiaError } from "../kit/errors.ts";
import type { Logger } from "../kit/log.ts";
import type { Random } from "../kit/random.ts";
import { type Breaker, type BreakerState, createBreaker } from "./breaker.ts";
import { makeCall } from "./call.ts";
import type { CallTools, HttpEvent } from "./call-context.ts";
import type { HttpClient } from "./client.ts";
import type { Fetch } from "./exchange.ts";
import { createGate, type Gate } from "./gate.ts";
import { createRefusalMemory, type Refusal } from "./memory.ts";
import type { Peer } from "./peer.ts";
import { createRunClosures } from "./run-closures.ts";
import { createUsageLedger } from "./usage.ts";
import { createOpenLedger, openMemory } from "./without-store.ts";

export interface HttpDoorOptions {
  /** Where requests are counted and refusals remembered; null for a command that only makes a few calls by hand. */
  db: Database | null;
  clock: Clock;
  /** For jitter. */
  random: Random;
  log: Logger;
  /** Default: the runtime's. Tests send everything to a loopback server. */
  fetch?: Fetch;
  /** Time limit of calls whose peer names none. */
  defaultTimeoutMs: number;
  /** Configured secrets, masked wherever they might occur in an error or a log line. */
  secrets?: readonly (string | undefined)[];
  /** Hears of every request that ended and every call that was refused. */
  observe?: (event: HttpEvent) => void;
}

/** The one way out of the process. Spacing, concurrency and breakers are per peer; daily budgets per system and peer. */
export interface HttpDoor {
  /** Makes a system's peers known to `usageToday` before their first call; `clientFor` does it too. */
  declare(system: string, peers: readonly Peer[]): void;
  /** With `run`, refusals of keys (`opensOn`, a lasting 429) hold until the end of that run: make one client for each. */
  clientFor(system: string, peers: readonly Peer[], run?: { runId: number | string }): HttpClient;
  /** Remembers a refusal that only the caller can read out of an answer, for example an empty list for an unknown symbol. */
  remember(refusal: Refusal): Promise<void>;
  usageToday(): Promise<PeerBudget[]>;
  breakers(): { peer: string; state: BreakerState }[];
  /** Aborts what is under way, refuses what comes later, and resolves when nothing is open any more. */
  close(): Promise<void>;
}

/** Today's counters and budget of one system at one peer, as JSON for people and machines. */
export interface PeerBudget {
  system: string;
  peer: string;
  /** Requests that left today. */
  requests: number;
  retries: number;
  errors: number;
  /** Calls that were refused before anything left: budget, breaker, remembered refusal, host. */
  refused: number;
  /** Units of the daily budget taken; equals `requests`. */
  used: number;
  /** Null without a limit. */
  limit: number | null;
  resets_at: string;
}

export function createHttpDoor(options: HttpDoorOptions): HttpDoor {
  const { clock, db, log } = options;
  const ledger = db ? createUsageLedger(db, clock) : createOpenLedger(clock);
  const memory = db ? createRefusalMemory(db, clock) : openMemory;
  const closing = new AbortController();
  const lines = new Map<string, PeerLine>();
  const declared = new Map<string, { system: string; peer: Peer }>();
  const underWay = new Set<Promise<unknown>>();
  const tools: CallTools = {
    clock,
    random: options.random,
    log,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    ledger,
    memory,
    defaultTimeoutMs: options.defaultTimeoutMs,
    userAgent: `Vigia/${manifest.version}`,
    secrets: (options.secrets ?? []).filter((secret) => secret !== undefined),
    observe: options.observe ?? (() => undefined),
    closing: closing.signal,
    isFirstNotice: createDailyNotices(clock),
  };

  const declare = (system: string, peers: readonly Peer[]): void => {
    for (const peer of peers) {
      declared.set(`${system}/${peer.name}`, { system, peer });
      const line = lines.get(peer.name);
      if (line) requireSameRules(line.peer, peer);
      else lines.set(peer.name, { peer, gate: createGate(clock, peer), breaker: createBreaker(clock, peer.breaker) });
    }
  };

  return {
    declare,
    clientFor(system, peers, run) {
      declare(system, peers);
      const closures = createRunClosures(clock, run !== undefined);
      const runLog = run ? log.child({ run_id: run.runId }) : log;
      const find = (name: string): Peer => {
        const peer = peers.find((candidate) => candidate.name === name);
        if (!peer) throw unknownPeer(system, name);
        return peer;
      };
      return {
        async call(name, request) {
          const peer = find(name);
          const { gate, breaker } = lines.get(name) as PeerLine;
          const made = makeCall({ ...tools, log: runLog }, { system, peer, gate, breaker, closures }, request);
          underWay.add(made);
          return await made.finally(() => underWay.delete(made));
        },
        async budgetLeft(name) {
          const { dailyLimit } = find(name);
          if (dailyLimit === undefined) return Number.POSITIVE_INFINITY;
          return Math.max(0, dailyLimit - (await ledger.used(system, name)));
        },
      };
    },
    remember: (refusal) => memory.remember(refusal),
    async usageToday() {
      const counted = await ledger.today();
      const resetsAt = ledger.resetsAt().toISOString();
      const keys = new Set([...declared.keys(), ...counted.map(({ system, peer }) => `${system}/${peer}`)]);
      return [...keys].sort().map((key): PeerBudget => {
        const row = counted.find(({ system, peer }) => `${system}/${peer}` === key);
        const known = declared.get(key);
        return {
          system: row?.system ?? known?.system ?? "",
          peer: row?.peer ?? known?.peer.name ?? "",
          requests: row?.used ?? 0,
          retries: row?.retries ?? 0,
          errors: row?.errors ?? 0,
          refused: row?.refused ?? 0,
          used: row?.used ?? 0,
          limit: known?.peer.dailyLimit ?? null,
          resets_at: resetsAt,
        };
      });
    },
    breakers: () => [...lines.values()].map(({ peer, breaker }) => ({ peer: peer.name, state: breaker.state })),
    async close() {
      closing.abort(new Error("the process stops"));
      await Promise.allSettled(underWay);
    },
  };
}

interface PeerLine {
  peer: Peer;
  gate: Gate;
  breaker: Breaker;
}

/** Two systems may have budgets of their own at one peer, but the peer sees one process: one pace, one breaker. */
function requireSameRules(known: Peer, other: Peer): void {
  const rules = ({ spacingMs, concurrency, breaker }: Peer) =>
    JSON.stringify([spacingMs, concurrency, breaker?.failures, breaker?.openMs]);
  if (rules(known) === rules(other)) return;
  throw new VigiaError("peer_conflict", `The peer ${known.name} is declared twice with different rules.`, {
    hint: "Give both the same spacingMs, concurrency and breaker, or different names.",
  });
}

function unknownPeer(system: string, name: string): VigiaError {
  return new VigiaError("unknown_peer", `${system} has not declared the peer ${name}.`, {
    hint: "Add it to the system's peers: what is not declared is not reachable.",
  });
}

/** Says each thing once a UTC day. */
function createDailyNotices(clock: Clock): (subject: string) => boolean {
  const lastDay = new Map<string, string>();
  return (subject) => {
    const today = utcDate(clock.now());
    if (lastDay.get(subject) === today) return false;
    lastDay.set(subject, today);
    return true;
  };
}
