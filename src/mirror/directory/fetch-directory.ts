import type { Settings } from "../../settings.ts";
import type { Supabase } from "../remote/supabase.ts";
import { fetchConfigs, type SourceConfigs } from "./fetch-configs.ts";
import { fetchHoldings, type SourceHoldings } from "./fetch-holdings.ts";
import { fetchPeople, type People } from "./fetch-people.ts";
import type { DirectoryReport } from "./report.ts";

/** What was read. A part that could not be read, or is not there, is missing. */
export interface Directory extends People {
  holdings?: SourceHoldings;
  configs?: SourceConfigs;
  /** Whether nothing of what people hold failed to be read. */
  complete: boolean;
}

/** Reads everything before anything is written; undefined when the list of people is not whole. Faults go to the report. */
export async function fetchDirectory(
  supabase: Supabase,
  mode: Settings["portfolioDirectory"],
  report: DirectoryReport,
): Promise<Directory | undefined> {
  const people = await fetchPeople(supabase, mode, report);
  if (!people) return undefined;
  const failuresBefore = report.failures.length;
  const wantsHoldings = mode !== "profiles";
  const wantsConfigs = mode !== "users";
  const holdings = wantsHoldings ? await fetchHoldings(supabase, people.users, report, mode === "auto") : undefined;
  const configs = wantsConfigs ? await fetchConfigs(supabase, people.users, report, mode === "auto") : undefined;
  const failed = report.failures.length > failuresBefore;
  if (!holdings && !configs && !failed) {
    const message = "Neither portfolios with assets nor portfolio_config is there: nothing says what people hold.";
    report.failures.push({ table: "portfolios", kind: "blocked", code: "no_holdings", message });
  }
  return {
    ...people,
    ...(holdings ? { holdings } : {}),
    ...(configs ? { configs } : {}),
    complete: report.failures.length === failuresBefore,
  };
}
