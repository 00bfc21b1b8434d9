import { Box, useWindowSize } from "ink";
import { useEffect, useRef, useState } from "react";
import type { Api } from "./api.ts";
import { Footer } from "./Footer.tsx";
import { Header } from "./Header.tsx";
import { Help } from "./Help.tsx";
import type { House } from "./house.ts";
import { clampSelection, countLists, demandsOf, newestRunOf, watchedTime } from "./house-lists.ts";
import type { HouseWatcher } from "./house-watcher.ts";
import { type Action, isMirrorAction } from "./keys.ts";
import { drainJobOf, openMirrorOf } from "./mirror.ts";
import { type Navigation, navigate, paneOf, START, type Surroundings, screenOf } from "./navigation.ts";
import { Overview } from "./Overview.tsx";
import { FRAME_ROWS, layOutOverview, MIN_COLUMNS, MIN_ROWS } from "./overview-layout.ts";
import { Portfolio } from "./Portfolio.tsx";
import { cycleJobOf } from "./portfolio.ts";
import { layOutPortfolio } from "./portfolio-layout.ts";
import { logRows, RunLog } from "./RunLog.tsx";
import { scoreRows } from "./ScoreTable.tsx";
import { demandsOfSync, Sync } from "./Sync.tsx";
import { layOutSync } from "./sync-layout.ts";
import { TooSmall } from "./TooSmall.tsx";
import type { Sleep } from "./time-limit.ts";
import { useActions } from "./use-actions.ts";
import { useHouse } from "./use-house.ts";
import { useMirrorActions } from "./use-mirror-actions.ts";
import { useNow } from "./use-now.ts";
import { useRunLog } from "./use-run-log.ts";

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
  /** Where the keys of one piece of input have got to, before the screen is drawn again. */
  const latest = useRef(at);
  const { current: clock } = useRef({ now, sleep });
  const { current: reader } = useRef({ api, sleep });
  const followed = useRunLog(reader, at.runId);
  const nowMs = useNow(clock, watchedTime(house));
  const counts = countLists(house);
  const overview = layOutOverview(size, demandsOf(house, size.columns));
  const portfolio = layOutPortfolio(size, counts);

  const mirrorActions = useMirrorActions({ api, onDone: watcher.refreshMirror });
  const sync = layOutSync(size.rows, demandsOfSync(house, mirrorActions.notice, size));
  const inSync = at.home === "sync";
  useEffect(() => watcher.watchMirrorClosely(inSync), [watcher, inSync]);

  const place = clampSelection(at, counts);
  useActions(screenOf(at), (action: Action) => {
    if (action === "quit") return onQuit();
    if (isMirrorAction(action)) return mirrorActions.act(action, mirrorTarget());
    mirrorActions.dismiss();
    latest.current = navigate(latest.current, action, surroundings(clampSelection(latest.current, counts)));
    setAt(latest.current);
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
    if (at.screen === "portfolio") return <Portfolio house={house} at={place} layout={portfolio} nowMs={nowMs} />;
    if (at.screen === "sync")
      return <Sync house={house} at={place} layout={sync} notice={mirrorActions.notice} {...{ nowMs, columns }} />;
    return <Overview house={house} at={place} layout={overview} nowMs={nowMs} />;
  }

  function mirrorTarget() {
    const mirror = openMirrorOf(house.mirror);
    const { selected, pane } = clampSelection(latest.current, counts);
    const letter = pane.sync === "letters" ? mirror?.letters?.[selected.letters] : undefined;
    return { mirror, letter: letter ?? null };
  }

  function surroundings(from: Navigation): Surroundings {
    const jobs = house.status?.jobs ?? [];
    const job = {
      overview: jobs[from.selected.jobs],
      portfolio: cycleJobOf(house.status),
      sync: drainJobOf(house.status),
    }[from.home];
    const shownJob = jobs.find((one) => one.runs.some((run) => run.id === from.runId));
    const listRows = {
      jobs: overview.rows.jobs,
      scores: scoreRows(overview.rows.scores, counts.scores),
      ...portfolio.rows,
      ...sync.rows,
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

function messageOf({ connection }: House): { message?: string } {
  if (connection.state === "denied") return { message: `${connection.reason}: start with --token <admin token>` };
  if (connection.state === "offline") return { message: `${connection.reason}; trying again, q quits` };
  return {};
}
