import type { Database } from "../../../src/db/index.ts";
import { type Clock, createSystemClock } from "../../../src/kit/clock.ts";
import { sha256Hex } from "../../../src/kit/hash.ts";
import { silentLogger } from "../../../src/kit/log.ts";
import { deliverUnit, type UnitParts } from "../../../src/mirror/objects/deliver-unit.ts";
import { mirrorPeers } from "../../../src/mirror/remote/peer.ts";
import { openSupabase as openClient, type Supabase } from "../../../src/mirror/remote/supabase.ts";
import type { MirroredObject, ObjectStream } from "../../../src/mirror/stream.ts";
import { createHttpDoor, type HttpDoor } from "../../../src/net/door.ts";
import { loadSettings } from "../../../src/settings.ts";
import { openTestDatabase } from "../../support/database.ts";
import { openSupabase, type TestSupabase } from "../../support/supabase/index.ts";

export const NAMES = [
  "portfolio_informe.md",
  "mercado_informe.md",
  "mercado_analisis.json",
  "portfolio_analisis.json",
] as const;
export type Name = (typeof NAMES)[number];
/** Texts of one user's files; those that are missing are not there. */
export type Files = Partial<Record<Name, string>>;

export const USER = "11111111-1111-4111-8111-111111111111";
export const UNIT = JSON.stringify([USER]);

/** Waits of retries and spacing pass at once; time limits stay, shortened. */
export function createHurriedClock(): Clock {
  const system = createSystemClock();
  return { ...system, sleep: (ms, signal) => (ms <= 15_000 ? system.sleep(0, signal) : system.sleep(ms / 20, signal)) };
}

export interface StorageBench extends AsyncDisposable {
  db: Database;
  clock: Clock;
  project: TestSupabase;
  /** What the next delivery finds. */
  files: Map<string, Files>;
  stream: ObjectStream;
  /** A client of its own run, through the door, with these settings. */
  parts(environment?: Record<string, string>, db?: Database): Promise<UnitParts>;
  deliver(options?: {
    unit?: string;
    environment?: Record<string, string>;
    db?: Database;
  }): ReturnType<typeof deliverUnit>;
  /** What lies in Storage under a user's folder, read past the product. */
  stored(folder?: string): Promise<Files>;
  /** Rows of `mirror_objects` by the file's name. */
  noted(): Promise<Record<string, { sha256: string | null; state: string; error: string | null }>>;
}

/** A project with a bucket, a local store, and a stream of four files a user that says what the test tells it to. */
export async function openStorageBench(project: TestSupabase): Promise<StorageBench> {
  const store = await openTestDatabase();
  const { db } = store;
  const clock = createHurriedClock();
  const settingsFor = (environment: Record<string, string> = {}) =>
    loadSettings({
      SUPABASE_URL: project.url,
      SUPABASE_SERVICE_ROLE_KEY: project.serviceKey,
      MIRROR_RATE_PER_SECOND: "0",
      ...environment,
    }).settings;
  const doors: HttpDoor[] = [];
  const files = new Map<string, Files>();
  const bench: Omit<StorageBench, typeof Symbol.asyncDispose> = {
    db,
    clock,
    project,
    files,
    stream: createStream(files),
    async parts(environment, own = db) {
      const settings = settingsFor(environment);
      const { signal } = new AbortController();
      const http = createHttpDoor({ db, clock, random: () => 0.5, log: silentLogger, defaultTimeoutMs: 5_000 });
      const supabase = (await openClient(
        settings,
        http.clientFor("mirror", mirrorPeers(settings)),
        signal,
      )) as Supabase;
      return { settings, db: own, clock, supabase, signal };
    },
    async deliver({ unit = UNIT, environment, db: own } = {}) {
      return deliverUnit(await bench.parts(environment, own), bench.stream, unit);
    },
    stored: (folder = USER) => readFolder(project, folder),
    async noted() {
      const { rows } = await db.client.execute("select object_key, sha256, state, error from mirror_objects");
      return Object.fromEntries(
        rows.map(({ object_key, sha256, state, error }) => [
          String(object_key).split("/").at(-1),
          { sha256: sha256 as string | null, state: String(state), error: error as string | null },
        ]),
      );
    },
  };
  return {
    ...bench,
    async [Symbol.asyncDispose]() {
      for (const door of doors) await door.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

export const openProject = (): Promise<TestSupabase> => openSupabase();

const createStream = (files: ReadonlyMap<string, Files>): ObjectStream => ({
  kind: "objects",
  name: "portfolio_files",
  table: "users",
  columns: { user_id: "text" },
  key: ["user_id"],
  owedBy: [],
  writers: [],
  names: NAMES,
  path: ([user], name) => `${user}/${name}`,
  load: async ([user]) => NAMES.flatMap((name) => toObject(name, files.get(String(user))?.[name])),
});

const toObject = (name: Name, text: string | undefined): MirroredObject[] =>
  text === undefined
    ? []
    : [
        {
          name,
          text,
          sha256: sha256Hex(text),
          contentType: name.endsWith(".md") ? "text/markdown" : "application/json",
        },
      ];

async function readFolder(project: TestSupabase, folder: string): Promise<Files> {
  const files: Files = {};
  for (const name of NAMES) {
    const response = await fetch(`${project.url}/storage/v1/object/portfolio-files/${folder}/${name}`, {
      headers: { apikey: project.serviceKey, authorization: `Bearer ${project.serviceKey}` },
    });
    const text = await response.text();
    if (response.ok) files[name] = text;
  }
  return files;
}

/** All four files of a revision. */
export const setOf = (revision: number): Required<Files> =>
  Object.fromEntries(NAMES.map((name) => [name, `${name} ${revision} ñ€`])) as Required<Files>;

export const revisionOf = (text: string | undefined): number => Number(/ (\d+) /.exec(text ?? "")?.[1] ?? Number.NaN);
