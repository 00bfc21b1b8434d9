import type { Supabase } from "../remote/supabase.ts";
import { fetchTable, isRead } from "./fetch-table.ts";
import { addProblem, type DirectoryReport } from "./report.ts";
import { CONFIGS, type SourceConfig, type SourceUser } from "./source-rows.ts";

export interface SourceConfigs {
  configOf: Map<string, SourceConfig>;
  kept: Set<string>;
}

/** What these users want of the scan; undefined unless the table was read to its end. */
export async function fetchConfigs(
  supabase: Supabase,
  users: ReadonlyMap<string, SourceUser>,
  report: DirectoryReport,
  mayBeAbsent: boolean,
): Promise<SourceConfigs | undefined> {
  const configs: SourceConfigs = { configOf: new Map(), kept: new Set() };
  const end = await fetchTable(supabase, CONFIGS, {
    take(config) {
      if (users.has(config.userId)) configs.configOf.set(config.userId, config);
      else report.orphans++;
    },
    skip({ id, problem }) {
      if (id !== undefined) configs.kept.add(id.toLowerCase());
      report.configs.skipped++;
      addProblem(report, CONFIGS.name, id, problem);
    },
  });
  return isRead(report, CONFIGS, end, mayBeAbsent) ? configs : undefined;
}
