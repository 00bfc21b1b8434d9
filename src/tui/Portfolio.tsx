import { Box } from "ink";
import { CandidateTable } from "./CandidateTable.tsx";
import type { House } from "./house.ts";
import { MarketList } from "./MarketList.tsx";
import { type Navigation, paneOf } from "./navigation.ts";
import { HALVES_GAP } from "./overview-layout.ts";
import type { PortfolioLayout } from "./portfolio-layout.ts";
import { UserResults } from "./UserResults.tsx";

export interface PortfolioProps {
  house: House;
  at: Navigation;
  layout: PortfolioLayout;
  nowMs: number;
}

/** Markets, what their radars found, and how the users' files came out: below each other, or with the candidates beside the rest. */
export function Portfolio({ house, at, layout, nowMs }: PortfolioProps) {
  const { sideBySide, mainColumns, candidateColumns, rows } = layout;
  const pane = paneOf(at);
  const markets = <MarketList portfolio={house.portfolio} columns={mainColumns} />;
  const candidates = (
    <CandidateTable
      portfolio={house.portfolio}
      columns={candidateColumns}
      rows={rows.candidates}
      focused={pane === "candidates"}
      selected={at.selected.candidates}
    />
  );
  const users = (
    <UserResults
      house={house}
      nowMs={nowMs}
      columns={mainColumns}
      rows={rows.users}
      focused={pane === "users"}
      selected={at.selected.users}
    />
  );
  if (!sideBySide)
    return (
      <Box flexDirection="column">
        {markets}
        {candidates}
        {users}
      </Box>
    );
  return (
    <Box columnGap={HALVES_GAP}>
      <Box flexDirection="column" width={mainColumns}>
        {markets}
        {users}
      </Box>
      <Box flexDirection="column" width={candidateColumns}>
        {candidates}
      </Box>
    </Box>
  );
}
