import { type Command, Option } from "commander";
import { DEAD_LETTER_QUEUES, DEAD_LETTER_STATES } from "../../db/schema/mirror.ts";
import { VigiaError } from "../../kit/errors.ts";
import { callApi, postApi, query } from "../api.ts";
import type { Connection } from "../connection.ts";
import type { CommandContext, Handler } from "../context.ts";
import { plainText, renderTable } from "../output.ts";

/** `vigia dead-letters …` and its alias `vigia dlq`. */
export function registerDeadLetters(program: Command, handle: Handler): void {
  registerLetters(program, handle, {}).alias("dlq");
}

interface Letter {
  id: string;
  queue: string;
  subject: string;
  key: string;
  code: string | null;
  message: string;
  attempts: number;
  state: string;
  next_try_at: string | null;
  last_failed_at: string;
}

interface Filter {
  queue?: string;
  subject?: string;
  state?: string;
}

/** The commands under `parent`; a system's own form presets its queue. */
export function registerLetters(parent: Command, handle: Handler, preset: { queue?: string }): Command {
  const letters = parent
    .command("dead-letters")
    .description("what was refused and waits for its next try, or for a person");
  const filtered = (command: Command) => {
    if (!preset.queue) command.addOption(new Option("--queue <queue>", "one queue").choices([...DEAD_LETTER_QUEUES]));
    return command.option("--subject <name>", "one stream, entity or conversation");
  };
  filtered(letters.command("list", { isDefault: true }))
    .description("list them, newest first")
    .addOption(new Option("--state <state>", "of this state").choices([...DEAD_LETTER_STATES]))
    .action((filter: Filter) => handle((context) => printLetters(context, { ...filter, ...preset })));
  letters
    .command("show")
    .description("one with what was sent")
    .argument("<id>", "its id")
    .action((id: string) =>
      handle(async ({ output, connect }) =>
        output.data(
          JSON.stringify(await callApi(await connect(), `/api/dead-letters/${encodeURIComponent(id)}`), null, 2),
        ),
      ),
    );
  filtered(letters.command("stats"))
    .description("count them by queue, subject and state")
    .action((filter: Filter) => handle((context) => printStats(context, { ...filter, ...preset })));
  const verbs = { replay: "try again now", discard: "give up for good" } as const;
  for (const [verb, description] of Object.entries(verbs)) {
    const command = filtered(letters.command(verb))
      .description(description)
      .argument("[id]", "one; or all open and parked ones of --subject, or --all")
      .option("--all", "all open and parked ones of the queue")
      .action((id: string | undefined, filter: Filter & { all?: boolean }) =>
        handle((context) => change(context, verb as keyof typeof verbs, id, { ...filter, ...preset })),
      );
    if (verb === "replay") command.alias("retry");
  }
  return letters;
}

interface Page {
  items: Letter[];
  next_cursor: string | null;
}

async function printLetters({ output, globals, connect }: CommandContext, filter: Filter): Promise<void> {
  const { items, next_cursor: more } = await loadPage(await connect(), filter);
  if (globals.json) return output.data(JSON.stringify(items, null, 2));
  if (items.length === 0) return output.data("No dead letters.");
  output.data(
    renderTable(items, [
      { title: "ID", value: ({ id }) => id },
      { title: "STATE", value: ({ state }) => state },
      { title: "SUBJECT", value: ({ subject }) => subject },
      { title: "KEY", value: ({ key }) => key.slice(0, 60) },
      { title: "TRIES", value: ({ attempts }) => attempts, align: "right" },
      { title: "NEXT (UTC)", value: ({ next_try_at: at }) => at?.slice(0, 16).replace("T", " ") },
      { title: "WHY", value: ({ code, message }) => plainText(`${code ?? ""} ${message}`.trim()).slice(0, 100) },
    ]),
  );
  if (more) output.note("There are more: narrow the list with --subject or --state.");
}

async function printStats({ output, globals, connect }: CommandContext, filter: Filter): Promise<void> {
  const { queue, subject } = filter;
  const answer = await callApi<{ items: { queue: string; subject: string; state: string; letters: number }[] }>(
    await connect(),
    `/api/dead-letters/stats${query({ queue, subject })}`,
  );
  if (globals.json) return output.data(JSON.stringify(answer.items, null, 2));
  output.data(
    renderTable(answer.items, [
      { title: "QUEUE", value: (row) => row.queue },
      { title: "SUBJECT", value: (row) => row.subject },
      { title: "STATE", value: (row) => row.state },
      { title: "LETTERS", value: (row) => row.letters, align: "right" },
    ]),
  );
}

async function change(
  { output, globals, connect }: CommandContext,
  verb: "replay" | "discard",
  id: string | undefined,
  filter: Filter & { all?: boolean },
): Promise<void> {
  if (id === undefined && !filter.all && !filter.subject)
    throw new VigiaError("bad_usage", `Which ones? ${verb} takes an id, --subject or --all.`, {
      hint: "vigia dead-letters list shows them.",
    });
  const { queue, subject } = filter;
  if (id === undefined && queue === undefined)
    throw new VigiaError("bad_usage", `Of which queue? ${verb} takes --queue with --subject or --all.`, {
      hint: `Queues are ${DEAD_LETTER_QUEUES.join(", ")}.`,
    });
  const connection = await connect();
  const path = "/api/dead-letters";
  const { letters } = await (id === undefined
    ? postApi<{ letters: number }>(connection, `${path}/${verb}`, { body: { queue, ...(subject ? { subject } : {}) } })
    : postApi<{ letters: number }>(connection, `${path}/${encodeURIComponent(id)}/${verb}`));
  const done = verb === "replay" ? "will be tried again" : "discarded";
  output.data(globals.json ? JSON.stringify({ letters }) : `${letters} ${done}.`);
}

const loadPage = (connection: Connection, filter: Filter): Promise<Page> =>
  callApi<Page>(connection, `/api/dead-letters${query({ limit: 200, ...filter })}`);
