import type { Settings } from "../../settings.ts";
import type { Supabase } from "../remote/supabase.ts";
import { fetchTable, noteFailure, type TableEnd } from "./fetch-table.ts";
import { addProblem, type DirectoryReport } from "./report.ts";
import { PROFILES, type SourceUser, USERS } from "./source-rows.ts";

export interface People {
  users: Map<string, SourceUser>;
  /** Ids of all rows, also of those with a bad value: they are not gone. */
  listed: Set<string>;
}

/** `auto`: `users`, or `profiles` where there are no users, or nobody is in them. */
export async function fetchPeople(
  supabase: Supabase,
  mode: Settings["portfolioDirectory"],
  report: DirectoryReport,
): Promise<People | undefined> {
  const tables = mode === "auto" ? [USERS, PROFILES] : [mode === "users" ? USERS : PROFILES];
  let empty: { people: People; shape: DirectoryReport["shape"] } | undefined;
  let absent: TableEnd | undefined;
  for (const table of tables) {
    const people: People = { users: new Map(), listed: new Set() };
    const end = await fetchTable(supabase, table, {
      take(user) {
        people.users.set(user.userId, user);
        people.listed.add(user.userId);
      },
      skip({ id, problem }) {
        if (id !== undefined) people.listed.add(id.toLowerCase());
        report.users.skipped++;
        addProblem(report, table.name, id, problem);
      },
    });
    if (end.state === "failed") {
      noteFailure(report, table, end);
      return undefined;
    }
    if (end.state === "absent") absent ??= end;
    else if (people.listed.size > 0) {
      report.shape = table.name;
      return people;
    } else empty ??= { people, shape: table.name };
  }
  if (!empty && absent) noteFailure(report, tables[0]!, absent);
  report.shape = empty?.shape ?? null;
  return empty?.people;
}
