import type { Scope } from "../../db/scope.ts";
import type { HouseEvent } from "../../jobs/events.ts";
import { mayReadHouse } from "../identity/index.ts";

/** Whether someone may hear an event: members of the house all, anyone else what is public. */
export function mayHear(event: HouseEvent, scope: Scope | undefined, publicJobs: ReadonlySet<string>): boolean {
  if (mayReadHouse(scope)) return true;
  switch (event.type) {
    case "system":
      return event.event.public;
    case "alert.firing":
    case "alert.resolved":
      return publicJobs.has(event.subject);
    default:
      return publicJobs.has(event.job);
  }
}
