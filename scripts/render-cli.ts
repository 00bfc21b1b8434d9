import type { Command } from "commander";
import { createProgram } from "../src/cli/program.ts";
import { EXIT } from "../src/jobs/exit-codes.ts";

const HELP_WIDTH = 110;

/** What each command prints with `--json`; a command without a line here stops the generation. */
const JSON_SHAPES: Readonly<Record<string, string>> = {
  run: "The run, as in `runs`, and `params` and `log_data` (what the job says of itself; `log_data.error` when it failed).",
  jobs:
    "`[{job_name, system, about, enabled, paused, cron, timezone, next_run, running, last_run, last_success_at, " +
    "consecutive_failures, runs}]`; `last_run` and the one entry of `runs` are runs. With `--hosts`: " +
    "`[{system, peer, host, daily_limit}]`.",
  "jobs pause": "`{job_name, paused}`",
  "jobs resume": "`{job_name, paused}`",
  "jobs cancel": "`{job_name, cancelling}`",
  runs:
    "`[{id, uid, job_name, trigger, attempt, slot_at, start_time, end_time, duration_seconds, status, outcome, " +
    "tickers_processed, errors_count, errors_by_analysis, progress{done, total, item, eta_seconds}, retry_at}]`; " +
    "`tickers_processed` counts units written, whatever the job's unit is.",
  logs: "`[{seq, at, level, event, message, fields}]`",
  alerts:
    "`[{id, rule, subject, level, state, message, since, last_seen, resolved_at, delivered_at, value, threshold}]`",
  scores: "`{analysis_date, data_source, items}`; the items are the objects of `GET /api/recommendations/latest`.",
  "track-record":
    "The body of `GET /api/recommendations/track-record`: `{computed_at, groups: […]}`; the figures are defined in " +
    "[recommendations.md](recommendations.md).",
  analyze:
    "`{symbol, profile, as_of, bars, data_source, indicators{rsi, macd, macd_signal, macd_histogram, sma_20, sma_50, " +
    "sma_200, bollinger_upper, bollinger_lower, volume_sma}, points{rsi, macd, averages, bollinger}, technical_score, " +
    "signals{rsi, macd, trend}}`; numbers are not rounded, null where undefined.",
  backfill: "The run, as `run` prints it.",
  "rec import":
    "`{kind, file, rows, stored, subjects, problems}`. Exit code 2 when some lines were left out, 1 when all were.",
  "portfolio run": "The run, as `run` prints it; `log_data` counts users, symbols and candidates.",
  "portfolio asset":
    "The asset object of `portfolio_analisis.json`: `{signals, chart_file, latest_metrics, detector_metrics, data_as_of, " +
    "bars, partial_bar, period_used, stale}`, or `{error}` with exit code 1.",
  "portfolio users":
    "`[{user_id, display_name, email, first_name, last_name, timezone, active, source, portfolio_count, asset_count, created_at, updated_at}]`",
  "portfolio users add": "The user, as `portfolio users show` prints it.",
  "portfolio users show":
    "The body of `GET /api/portfolio/users/{user}`: the user with `portfolios`, `symbols` and `config`.",
  "portfolio users update": "The user, as `portfolio users show` prints it.",
  "portfolio users remove": "`{user_id, removed}`",
  "portfolio import":
    "`{file, rows, stored, users, created, problems}`. Exit code 2 when some lines were left out, 1 when all were.",
  "radar scan":
    "`{regime, candidates, radars_used, metrics, top_rows, skipped, as_of, profile, data_source}`; `candidates` are symbols, " +
    "best first, `top_rows` the same with radar, score and figures. With `--profile legacy`: `{market, strategy, sentiment, " +
    "candidates, passed, scanned, short_history, skipped, data_source}`.",
  "radar universe": "`{added, removed, total}`",
  "mirror status":
    "`{enabled, paused, owed, owed_by_table, dead_letters, lag_seconds, last_run, streams: [{stream, kind, state, owed, " +
    "lag_seconds, dead_letters, blocked_reason, dropped_columns, …}]}`",
  "mirror pause": "`{paused, stream}`",
  "mirror resume": "`{paused, stream}`",
  "mirror flush":
    "The run, as `run` prints it; with `--dry-run` `{owed, owed_by_table}`. Exit 0 nothing owed, 2 still owed, 1 failed, 3 blocked.",
  "mirror reconcile": "The run, as `run` prints it; `log_data.streams` has what was compared, found and owed.",
  "mirror directory": "The run, as `run` prints it; `log_data` counts what was added, changed and deactivated.",
  "mirror dead-letters": "As `dead-letters`, of the queue `mirror`.",
  "mirror dead-letters list": "As `dead-letters list`.",
  "mirror dead-letters show": "As `dead-letters show`.",
  "mirror dead-letters stats": "As `dead-letters stats`.",
  "mirror dead-letters replay": "`{letters}`",
  "mirror dead-letters discard": "`{letters}`",
  "dead-letters": "As `dead-letters list`.",
  "dead-letters list":
    "`[{id, queue, channel, subject, key, code, message, attempts, state, next_try_at, …}]`, at most 200.",
  "dead-letters show": "The letter with its `payload`.",
  "dead-letters stats": "`[{queue, subject, state, letters, first_failed_at}]`",
  "dead-letters replay": "`{letters}`",
  "dead-letters discard": "`{letters}`",
  "backup create":
    "`{file, target, created_at, age_seconds, bytes, sha256, migration, verified_at, safety_copy, problem}`; `problem` says why it cannot be relied on, `safety_copy` that a restore made it.",
  "backup list": "A list of what `backup create` prints, newest first.",
  "backup verify": "What `backup create` prints; exit code 1 when the copy is not sound.",
  "backup restore": "`{restored, database, migration, safety_backup, replaced, next}`",
  "backup prune": "`{removed, kept}`, names of files.",
  "db migrate":
    "`{direction, dry_run, steps: [{version, name, duration_ms}]}`, with `--dry-run` `sql` in place of the duration; " +
    "`status`: `{host, port, mode, ok, pending, migrations}`.",
  "db rollback": "As `db migrate down`.",
  "db status": "As `db migrate status`. Exit 4 while some are pending.",
  "db check":
    "`{ok, findings: [{id, level, object, message, fix}], skipped: [{id, reason, failed}]}`; exit 1 on errors, 2 when a check failed to be made.",
  "db seed": "`{items: [{item, key, state}], password?}`; `state` is `created`, `exists` or `updated`.",
  settings: "`{settings: [{name, value, secret, about}], unused: [{name, reason}]}`; a secret's value is never shown.",
  token: "`{token, from}`; with `--user` `{token, user_id, expires_at}`.",
  tui: "–",
};

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "It worked; a run ended `ok`",
  failure: "It did not work; a run `failed` or `timed_out`; there is no such file; nothing to show yet",
  partial: "Some units failed, the others are stored",
  blocked: "A run stopped because a person must act",
  pending: "`db status` alone: migrations are not applied yet",
  usage: "Wrong command, option or argument: no such job or run, no date",
  configuration: "Bad settings; all of them are listed",
  interrupted: "Ctrl+C, or a run that somebody `cancelled` or that was `interrupted`",
};

/** `docs/cli.md`: the help of every command as the command itself prints it. */
export function renderCliPage(): string {
  const program = createProgram(async () => {});
  const commands = program.commands.flatMap((command) => sections(command, command.name()));
  const lines = [
    "# Command line",
    "",
    "Generated from the commands' own help by `bun run generate`. `bun run vigia …` and `vigia …` mean the same here.",
    "",
    "One command line works in three places: `--url` names a Vigía; else the process that owns the data directory is",
    "called over HTTP (its lock file has the address); else the command opens the directory itself, without the",
    "scheduler, and lets go of it at its end. Never do two processes write. Only `analyze` reads beside a running process.",
    "",
    "Data go to standard output, everything else to standard error, so `--json` output can be piped as it is. Global",
    "options may stand before or after the command.",
    "",
    ...codeBlock(helpOf(program)),
    "",
    "## Exit codes",
    "",
    "| code | meaning |",
    "|---|---|",
    ...Object.entries(EXIT).map(([name, code]) => `| ${code} | ${EXIT_MEANINGS[name as keyof typeof EXIT]} |`),
    "",
    "## When something is in the way",
    "",
    "| what happens | what the command does |",
    "|---|---|",
    "| The directory belongs to a process without an address (`RUN_ONCE`, another command) | waits 3 seconds, then exits with 1 and names the process |",
    "| The job already runs | exits with 1 and names the run; it is not queued |",
    "| Ctrl+C during `run` or `backfill` | cancels the run, waits for its end, exits with 130; a second Ctrl+C does not wait |",
    "| Ctrl+C during anything else | ends at once with 130 |",
    "| No answer within 60 seconds | exits with 1; what was asked may still happen |",
    "| The reader of a pipe goes away (`vigia runs \\| head -1`) | nothing: the command ends as usual |",
    "| A killed process left a run behind | it is marked `interrupted` before the command answers |",
    "",
    ...commands,
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function sections(command: Command, path: string): string[] {
  const inner = command.commands.flatMap((child) => sections(child, `${path} ${child.name()}`));
  const isGroup = command.commands.length > 0 && JSON_SHAPES[path] === undefined;
  if (isGroup) return inner;
  const shape = JSON_SHAPES[path];
  if (shape === undefined) throw new Error(`scripts/render-cli.ts does not say what vigia ${path} --json prints`);
  return [`## ${path}`, "", ...codeBlock(helpOf(command)), "", `JSON: ${shape}`, "", ...inner];
}

function helpOf(command: Command): string {
  command.configureOutput({ getOutHelpWidth: () => HELP_WIDTH, getOutHasColors: () => false });
  return command.helpInformation().trimEnd();
}

const codeBlock = (text: string): string[] => ["```text", text, "```"];
