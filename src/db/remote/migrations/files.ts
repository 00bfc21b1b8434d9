import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { VigiaError } from "../../../kit/errors.ts";
import { sha256Hex } from "../../../kit/hash.ts";
import { splitStatements } from "./split-statements.ts";

/** One way of a migration, as its file says it. */
export interface MigrationScript {
  /** Line ends are \n, without a byte order mark. */
  text: string;
  /** False for a file that begins with `-- no-transaction`: its statements run one by one and may run again. */
  inTransaction: boolean;
}

export interface MigrationFile {
  /** `0001`. */
  version: string;
  /** `initial`. */
  name: string;
  up: MigrationScript;
  /** Undefined: there is no file, or it holds no statement. */
  down: MigrationScript | undefined;
  /** SHA-256 of the text of the way up. */
  checksum: string;
}

const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;

/**
 * The migrations of a folder that holds `migrations/NNNN_name.sql` and `down/NNNN_name.sql` (the Supabase CLI applies
 * everything in the first), by version. Throws `bad_migration` and `MIG003` (numbers that repeat or leave one out).
 */
export async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const ups = await readSqlFiles(join(folder, "migrations"));
  const downs = await readSqlFiles(join(folder, "down"));
  const files = [...ups].map(([fileName, text]): MigrationFile => {
    const [, version, name] = FILE_NAME.exec(fileName) ?? [];
    if (!version || !name)
      throw new VigiaError("bad_migration", `supabase/migrations/${fileName} is not named like 0001_initial.sql.`);
    const down = downs.get(fileName);
    return { version, name, up: readScript(text, fileName), down: readDown(down, fileName), checksum: sha256Hex(text) };
  });
  requireSequence(files);
  return files;
}

/** Every SQL file of a folder in the order of its name; none when there is no folder. */
async function readSqlFiles(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return [];
    throw thrown;
  });
  const files = new Map<string, string>();
  for (const name of names.filter((name) => name.endsWith(".sql")).sort())
    files.set(name, normalise(await readFile(join(folder, name), "utf8")));
  return files;
}

/** A checkout on another system may bring other line ends: the same migration all the same. */
const normalise = (text: string): string => text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");

const NO_TRANSACTION = /^-- no-transaction\s*(\n|$)/;
/** Each would end the transaction that file and ledger row share. */
const TRANSACTION_CONTROL = /^(begin|commit|rollback|end|abort|start\s+transaction|prepare\s+transaction)\b/i;

function readScript(text: string, fileName: string): MigrationScript {
  for (const statement of splitStatements(text))
    if (TRANSACTION_CONTROL.test(statement.text))
      throw new VigiaError("bad_migration", `${fileName} line ${statement.line} begins or ends a transaction.`, {
        hint: "A file is one transaction, together with its row of the ledger. -- no-transaction as first line is the other way.",
      });
  return { text, inTransaction: !NO_TRANSACTION.test(text) };
}

function readDown(text: string | undefined, fileName: string): MigrationScript | undefined {
  if (text === undefined || splitStatements(text).length === 0) return undefined;
  return readScript(text, `down/${fileName}`);
}

function requireSequence(files: readonly MigrationFile[]): void {
  for (const [index, { version, name }] of files.entries()) {
    if (Number(version) === index + 1) continue;
    const expected = String(index + 1).padStart(4, "0");
    throw new VigiaError(
      "MIG003",
      `MIG003: supabase/migrations goes on with ${version}_${name} where ${expected} is due.`,
      {
        hint: "Every number occurs once, from 0001 on: a file is missing or there twice.",
      },
    );
  }
}

const SCHEMA_MARK = /^-- schema: public\s*$/m;

/** The text for a project that keeps our tables in another schema; a file that says `-- schema: public` stays. */
export function inSchema(text: string, schema: string): string {
  if (schema === "public" || SCHEMA_MARK.test(text)) return text;
  return text.replace(/(?<![\w"$.])public\./g, () => `"${schema}".`);
}
