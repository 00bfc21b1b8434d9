import { toError } from "../../kit/errors.ts";
import { codeOf } from "./durable-files.ts";
import { copyDatabase, forgetDeliveries, inspectDatabase, probeDatabase } from "./inspect-database.ts";
import type { ChildAnswer, ChildWork } from "./run-in-child.ts";

/** The process that `runInChild` starts: one piece of work as JSON in its arguments, one answer on standard output. */
async function answer(work: ChildWork): Promise<ChildAnswer> {
  try {
    if (work.kind === "copy") return { inspection: await copyDatabase(work.source, work.target) };
    if (work.kind === "inspect") return { inspection: await inspectDatabase(work.path) };
    if (work.kind === "forget_deliveries") await forgetDeliveries(work.path);
    else await probeDatabase(work.path);
    return {};
  } catch (thrown) {
    return { failure: { code: codeOf(thrown), message: toError(thrown).message } };
  }
}

process.stdout.write(JSON.stringify(await answer(JSON.parse(process.argv[2] ?? "null"))));
