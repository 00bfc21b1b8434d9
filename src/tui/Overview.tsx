import { Box } from "ink";
import { AlertList } from "./AlertList.tsx";
import type { House } from "./house.ts";
import { JobList } from "./JobList.tsx";
import { MirrorSummary } from "./MirrorSummary.tsx";
import { type Navigation, paneOf } from "./navigation.ts";
import { HALVES_GAP, type OverviewLayout } from "./overview-layout.ts";
import { ScoreTable } from "./ScoreTable.tsx";
import { SourceBudgets } from "./SourceBudgets.tsx";

export interface OverviewProps {
  house: House;
  at: Navigation;
  layout: OverviewLayout;
  nowMs: number;
}

/** Jobs, scores, alerts, what Supabase is owed, and budgets: below each other, or with the scores beside the rest on a wide terminal. */
export function Overview({ house, at, layout, nowMs }: OverviewProps) {
  const { status } = house;
  const { sideBySide, mainColumns, scoreColumns, rows } = layout;
  const jobs = (
    <JobList
      jobs={status?.jobs ?? null}
      readAtMs={house.statusAtMs ?? nowMs}
      nowMs={nowMs}
      columns={mainColumns}
      rows={rows.jobs}
      focused={paneOf(at) === "jobs"}
      selected={at.selected.jobs}
    />
  );
  const scores = (
    <ScoreTable
      house={house}
      nowMs={nowMs}
      columns={scoreColumns}
      rows={rows.scores}
      focused={paneOf(at) === "scores"}
      selected={at.selected.scores}
    />
  );
  const rest = (
    <>
      <AlertList alerts={status?.alerts ?? null} nowMs={nowMs} columns={mainColumns} rows={rows.alerts} />
      <MirrorSummary house={house} nowMs={nowMs} columns={mainColumns} rows={rows.mirror} />
      <SourceBudgets budgets={status?.quotas ?? null} nowMs={nowMs} columns={mainColumns} rows={rows.sources} />
    </>
  );
  if (!sideBySide)
    return (
      <Box flexDirection="column">
        {jobs}
        {scores}
        {rest}
      </Box>
    );
  return (
    <Box columnGap={HALVES_GAP}>
      <Box flexDirection="column" width={mainColumns}>
        {jobs}
        {rest}
      </Box>
      <Box flexDirection="column" width={scoreColumns}>
        {scores}
      </Box>
    </Box>
  );
}
