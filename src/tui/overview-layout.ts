/** The smallest terminal that the dashboard draws on. */
export const MIN_COLUMNS = 60;
export const MIN_ROWS = 15;

/** From here on the scores stand beside the rest instead of below it. */
const SIDE_BY_SIDE_COLUMNS = 150;

/** Rows of the whole screen besides the sections: header and footer. */
export const FRAME_ROWS = 2;

/** Between the two halves. */
export const HALVES_GAP = 2;

const SECTION_TITLE_ROWS = 1;

export type Section = "jobs" | "scores" | "alerts" | "mirror" | "sources";

/** What a section needs, without its title. One that wants no row is not shown at all. */
export interface Demand {
  min: number;
  want: number;
}

export interface OverviewLayout {
  sideBySide: boolean;
  /** Columns of jobs, alerts, mirror and sources. */
  mainColumns: number;
  scoreColumns: number;
  /** Rows of each section's content. */
  rows: Record<Section, number>;
}

/** Columns of jobs, alerts, mirror and sources: all, or the left half. */
export const mainColumnsOf = (columns: number): number =>
  columns >= SIDE_BY_SIDE_COLUMNS ? Math.floor((columns - HALVES_GAP) / 2) : columns;

/** Who gets the next free row, again and again, while it still wants one. */
const TURNS: readonly Section[] = ["scores", "jobs", "scores", "alerts", "mirror", "sources"];

/** Shares the screen among the sections so that the frame is never taller than `rows`. */
export function layOutOverview(
  { columns, rows }: { columns: number; rows: number },
  demands: Record<Section, Demand>,
): OverviewLayout {
  const body = Math.max(0, rows - FRAME_ROWS);
  const mainColumns = mainColumnsOf(columns);
  const sideBySide = mainColumns < columns;
  if (!sideBySide) {
    const shared = shareRows(body, ["jobs", "alerts", "mirror", "scores", "sources"], demands);
    return { sideBySide, mainColumns: columns, scoreColumns: columns, rows: shared };
  }
  const left = shareRows(body, ["jobs", "alerts", "mirror", "sources"], demands);
  const right = shareRows(body, ["scores"], demands);
  return {
    sideBySide,
    mainColumns,
    scoreColumns: columns - mainColumns - HALVES_GAP,
    rows: { ...left, scores: right.scores },
  };
}

/** The sections in the order in which they get what they need at least. */
function shareRows(
  body: number,
  present: readonly Section[],
  demands: Record<Section, Demand>,
): Record<Section, number> {
  const sections = present.filter((section) => demands[section].want > 0);
  const given: Record<Section, number> = { jobs: 0, scores: 0, alerts: 0, mirror: 0, sources: 0 };
  let free = body - sections.length * SECTION_TITLE_ROWS;
  for (const section of sections) {
    given[section] = Math.max(0, Math.min(demands[section].min, free));
    free -= given[section];
  }
  const wanting = () => TURNS.filter((section) => sections.includes(section) && given[section] < demands[section].want);
  for (let turns = wanting(); free > 0 && turns.length > 0; turns = wanting()) {
    for (const section of turns) {
      if (free === 0 || given[section] >= demands[section].want) continue;
      given[section]++;
      free--;
    }
  }
  return given;
}
