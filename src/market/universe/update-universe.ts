import type { Database } from "../../db/index.ts";
import type { IsoDate } from "../../kit/dates.ts";
import { VigiaError } from "../../kit/errors.ts";
import { parseConstituents } from "./constituents-csv.ts";
import {
  type ListSource,
  loadMembers,
  loadNewestList,
  type StoredList,
  saveList,
  saveMembers,
} from "./universe-store.ts";
import { validateConstituents } from "./validate-constituents.ts";

/** The only universe with a list that changes at run time. */
const UNIVERSE = "sp500";
/** Later than any list. */
const END_OF_TIME: IsoDate = "9999-12-31";

export interface UniverseList {
  csvText: string;
  source: ListSource;
  /** The day of which the list speaks; its changes count from there. */
  asOf: IsoDate;
  now: Date;
  /** Takes a list that differs a lot from the last one. */
  force?: boolean;
}

export interface UniverseUpdate {
  /** Symbols, in the order of the list. */
  added: string[];
  removed: string[];
  total: number;
}

/**
 * Replaces the S&P 500's members by those of a CSV list, in one transaction, after parsing and validation. Errors, each of
 * which leaves the last good list as it is: those of `parseConstituents` and `validateConstituents`; `older_list`.
 */
export async function updateUniverse(
  db: Database,
  { csvText, source, asOf, now, force = false }: UniverseList,
): Promise<UniverseUpdate> {
  const members = parseConstituents(csvText);
  const symbols = members.map(({ symbol }) => symbol);
  return db.write(async (tx) => {
    const last = await loadNewestList(tx, UNIVERSE, END_OF_TIME);
    if (last && last.asOf > asOf) throw olderList(asOf, last);
    const previous = await loadMembers(tx, UNIVERSE, END_OF_TIME);
    const change = validateConstituents(symbols, last && previous.map(({ symbol }) => symbol), { force });
    const update = { ...change, total: members.length };
    await saveMembers(tx, { universe: UNIVERSE, asOf, members, previous }, change);
    await saveList(tx, { universe: UNIVERSE, source, asOf }, { payload: update, now });
    return update;
  });
}

function olderList(asOf: IsoDate, last: StoredList): VigiaError {
  return new VigiaError("older_list", `The list is of ${asOf}, and one of ${last.asOf} is stored already.`, {
    hint: "Lists are taken in the order of their dates: give a later date, or none for today.",
  });
}
