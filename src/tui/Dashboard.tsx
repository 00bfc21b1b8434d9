import { Box, useWindowSize } from "ink";
import { useRef, useState } from "react";
import type { Api } from "./api.ts";
import { Footer } from "./Footer.tsx";
import { Header } from "./Header.tsx";
import { Help } from "./Help.tsx";
import { type House, runningRun } from "./house.ts";
import type { HouseWatcher } from "./house-watcher.ts";
import { nextRunOf } from "./job-state.ts";
import type { Action } from "./keys.ts";
import { type Navigation, navigate, type Pane, paneOf, START, type Surroundings, screenOf } from "./navigation.ts";
import { Overview } from "./Overview.tsx";
import { FRAME_ROWS, layOutOverview, MIN_COLUMNS, MIN_ROWS, mainColumnsOf } from "./overview-layout.ts";
import { Portfolio } from "./Portfolio.tsx";
import { candidatesOf, cycleJobOf } from "./portfolio.ts";
import { layOutPortfolio } from "./portfolio-layout.ts";
import { logRows, RunLog } from "./RunLog.tsx";
import { scoreRows } from "./ScoreTable.tsx";
import { budgetRows } from "./SourceBudgets.tsx";
import { TooSmall } from "./TooSmall.tsx";
import type { Sleep } from "./time-limit.ts";
import { useActions } from "./use-actions.ts";
import { useHouse } from "./use-house.ts";
import { useNow } from "./use-now.ts";
import { useRunLog } from "./use-run-log.ts";
import type { Job } from "./wire.ts";

export interface DashboardProps {
  watcher: HouseWatcher;
  api: Api;
  url: string;
  now: () => Date;
  sleep: Sleep;
  onQuit: () => void;
}

/** The whole screen: a frame exactly as large as the terminal, whatever is in it. */
export function Dashboard({ watcher, api, url, now, sleep, onQuit }: DashboardProps) {
  const house = useHouse(watcher);
  const size = useWindowSize();
  const [at, setAt] = useState<Navigation>(START);
  const { current: clock } = useRef({ now, sleep });
  const { current: reader } = useRef({ api, sleep });
  const followed = useRunLog(reader, at.runId);
  const nowMs = useNow(clock, watchedTime(house));
  const counts = countLists(house);
  const overview = layOutOverview(size, demandsOf(house, size.columns));
  const portfolio = layOutPortfolio(size, counts);

  const place = clampSelection(at, counts);
  useActions(screenOf(at), (action: Action) => {
    if (action === "quit") return onQuit();
    setAt((before) => navigate(before, action, surroundings(clampSelection(before, counts))));
  });

  const { columns, rows } = size;
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) return <TooSmall columns={columns} rows={rows} />;
  const bodyRows = rows - FRAME_ROWS;
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Header house={house} url={url} nowMs={nowMs} columns={columns} />
      <Box flexDirection="column" height={bodyRows} overflow="hidden">
        {renderBody()}
      </Box>
      <Footer screen={screenOf(at)} columns={columns} {...messageOf(house)} />
    </Box>
  );

  function renderBody() {
    if (at.help) return <Help columns={columns} rows={bodyRows} />;
    if (at.screen === "log" && at.runId !== null)
      return <RunLog runId={at.runId} lastLine={at.lastLine} rows={bodyRows} {...{ followed, nowMs, columns }} />;
    return at.screen === "portfolio" ? (
      <Portfolio house={house} at={place} layout={portfolio} nowMs={nowMs} />
    ) : (
      <Overview house={house} at={place} layout={overview} nowMs={nowMs} />
    );
  }

  function surroundings(from: Navigation): Surroundings {
    const jobs = house.status?.jobs ?? [];
    const job = from.home === "portfolio" ? cycleJobOf(house.status) : jobs[from.selected.jobs];
    const shownJob = jobs.find((one) => one.runs.some((run) => run.id === from.runId));
    const listRows = {
      jobs: overview.rows.jobs,
      scores: scoreRows(overview.rows.scores, counts.scores),
      ...portfolio.rows,
    };
    return {
      counts,
      pageRows: from.screen === "log" ? logRows(size.rows - FRAME_ROWS) : Math.max(1, listRows[paneOf(from)]),
      logLines: followed.droppedLines + followed.lines.length,
      newestRunId: job ? newestRunOf(job) : null,
      siblingRunIds: shownJob?.runs.map((run) => run.id) ?? [],
    };
  }
}

const countLists = ({ status, scores, portfolio }: House): Record<Pane, number> => ({
  jobs: status?.jobs.length ?? 0,
  scores: scores?.items.length ?? 0,
  candidates: candidatesOf(portfolio).length,
  users: portfolio?.results.length ?? 0,
});

const newestRunOf = (job: Job): number | null => (runningRun(job) ?? job.runs[0] ?? job.last_run)?.id ?? null;

function watchedTime({ connection, status }: House) {
  const jobs = status?.jobs ?? [];
  // A lost server's last words must not keep the clock ticking by the second.
  const heard = connection.state === "live" || connection.state === "polling";
  return { running: heard && jobs.some((job) => runningRun(job) !== null), nextRunMs: heard ? nextRunOf(jobs) : null };
}

/** Lists shrink under the selection. */
function clampSelection(at: Navigation, counts: Record<Pane, number>): Navigation {
  const clamp = (pane: Pane) => Math.max(0, Math.min(at.selected[pane], counts[pane] - 1));
  const selected = {
    jobs: clamp("jobs"),
    scores: clamp("scores"),
    candidates: clamp("candidates"),
    users: clamp("users"),
  };
  return { ...at, selected };
}

function demandsOf({ status, scores }: House, columns: number) {
  const jobs = status?.jobs.length ?? 0;
  const items = scores?.items.length ?? 0;
  const alerts = status?.alerts.length ?? 0;
  const budgets = budgetRows(status?.quotas.length ?? 0, mainColumnsOf(columns));
  return {
    jobs: { min: Math.min(3, Math.max(1, jobs)), want: Math.max(1, jobs) },
    // A heading above and a summary below the rows.
    scores: { min: Math.min(4, items + 1), want: items === 0 ? 1 : items + 2 },
    alerts: { min: 1, want: Math.max(1, alerts) },
    sources: { min: 1, want: budgets },
  };
}

function messageOf({ connection }: House): { message?: string } {
  if (connection.state === "denied") return { message: `${connection.reason}: start with --token <admin token>` };
  if (connection.state === "offline") return { message: `${connection.reason}; trying again, q quits` };
  return {};
}
