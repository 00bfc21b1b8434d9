import { and, asc, eq, inArray } from "drizzle-orm";
import { type Database, placeholders, type Reader, statement, type Writer } from "../../../db/index.ts";
import { FILE_NAMES, type FileName, portfolioContents, portfolioFiles } from "../../../db/schema/portfolio.ts";
import { sha256Hex } from "../../../kit/hash.ts";

export interface FileText {
  content: string;
  sha256: string;
  /** As it is stored; compressed when first asked for, and only once. */
  readonly packed: Uint8Array;
}

/** The texts of one user's files: four, or the market's two for a user without symbols. */
export type FileTexts = ReadonlyMap<FileName, FileText>;

export function fileText(content: string): FileText {
  let packed: Uint8Array | undefined;
  return {
    content,
    sha256: sha256Hex(content),
    get packed() {
      packed ??= packText(content);
      return packed;
    },
  };
}

/** Zstandard's quickest: JSON shrinks to a tenth, and higher levels cost more than they save. */
const packText = (text: string): Uint8Array => Bun.zstdCompressSync(text, { level: 1 });
export const unpackText = (packed: Uint8Array): string => Bun.zstdDecompressSync(packed).toString("utf8");

/** What is stored of a user's set, without its texts. */
export interface StoredSet {
  revision: number;
  /** Moment of the analysis, ISO. */
  analysedAt: string;
  hashes: ReadonlyMap<FileName, string>;
}

export interface NewSet {
  userId: string;
  texts: FileTexts;
  runId: number;
  analysedAt: string;
}

export interface StoredFile {
  name: FileName;
  sha256: string;
  bytes: number;
  revision: number;
  analysedAt: string;
}

/** SQLite's limit of variables is far above these; a page of users asks for its sets at once. */
export async function loadSets(db: Database, userIds: readonly string[]): Promise<ReadonlyMap<string, StoredSet>> {
  const rows = await db.read
    .select({
      userId: portfolioFiles.userId,
      name: portfolioFiles.name,
      sha256: portfolioFiles.sha256,
      revision: portfolioFiles.revision,
      analysedAt: portfolioFiles.analysedAt,
    })
    .from(portfolioFiles)
    .where(inArray(portfolioFiles.userId, [...userIds]));
  const sets = new Map<string, StoredSet & { hashes: Map<FileName, string> }>();
  for (const { userId, name, sha256, revision, analysedAt } of rows) {
    const set = sets.get(userId) ?? { revision, analysedAt, hashes: new Map() };
    set.hashes.set(name, sha256);
    sets.set(userId, set);
  }
  return sets;
}

export function hasSameTexts(stored: StoredSet, texts: FileTexts): boolean {
  return (
    stored.hashes.size === texts.size && [...texts].every(([name, text]) => stored.hashes.get(name) === text.sha256)
  );
}

/** A set whose texts are compressed. */
export interface PackedSet extends Omit<NewSet, "texts"> {
  files: readonly { name: FileName; sha256: string; bytes: number; packed: Uint8Array }[];
}

/** To be called before the transaction: while that lasts, nobody else writes. */
export const packSet = ({ texts, ...set }: NewSet): PackedSet => ({
  ...set,
  files: [...texts].map(([name, { content, sha256, packed }]) => ({
    name,
    sha256,
    bytes: Buffer.byteLength(content),
    packed,
  })),
});

/**
 * Replaces the user's whole set inside the caller's transaction, so that a reader, a crash or the mirror never meets files
 * of two analyses. Resolves with how many files changed.
 */
export async function replaceSet(tx: Writer, set: PackedSet, stored: StoredSet | undefined): Promise<number> {
  const { userId, files, runId, analysedAt } = set;
  const revision = (stored?.revision ?? 0) + 1;
  await tx.run(insertContents(files));
  if (stored) await tx.delete(portfolioFiles).where(eq(portfolioFiles.userId, userId));
  await tx.run(
    statement(
      `insert into portfolio_files (user_id, name, sha256, bytes, revision, run_id, analysed_at)
       values ${placeholders(files.length, 7)}`,
      files.flatMap(({ name, sha256, bytes }) => [userId, name, sha256, bytes, revision, runId, analysedAt]),
    ),
  );
  if (stored) await dropUnused(tx, [...stored.hashes.values()]);
  return files.filter(({ name, sha256 }) => stored?.hashes.get(name) !== sha256).length;
}

const insertContents = (files: PackedSet["files"]) =>
  statement(
    `insert into portfolio_contents (sha256, content) values ${placeholders(files.length, 2)} on conflict do nothing`,
    files.flatMap(({ sha256, packed }) => [sha256, packed]),
  );

/** Of these contents, those that no file names any more. */
async function dropUnused(tx: Writer, hashes: readonly string[]): Promise<void> {
  await tx.run(
    statement(
      `delete from portfolio_contents where sha256 in ${placeholders(1, hashes.length)}
       and not exists (select 1 from portfolio_files where portfolio_files.sha256 = portfolio_contents.sha256)`,
      hashes,
    ),
  );
}

export function listFiles(read: Reader, userId: string): Promise<StoredFile[]> {
  return read
    .select({
      name: portfolioFiles.name,
      sha256: portfolioFiles.sha256,
      bytes: portfolioFiles.bytes,
      revision: portfolioFiles.revision,
      analysedAt: portfolioFiles.analysedAt,
    })
    .from(portfolioFiles)
    .where(eq(portfolioFiles.userId, userId))
    .orderBy(asc(portfolioFiles.name));
}

export async function loadFile(
  read: Reader,
  userId: string,
  name: FileName,
): Promise<(StoredFile & { content: string }) | undefined> {
  const [file] = await read
    .select({
      name: portfolioFiles.name,
      sha256: portfolioFiles.sha256,
      bytes: portfolioFiles.bytes,
      revision: portfolioFiles.revision,
      analysedAt: portfolioFiles.analysedAt,
      content: portfolioContents.content,
    })
    .from(portfolioFiles)
    .innerJoin(portfolioContents, eq(portfolioContents.sha256, portfolioFiles.sha256))
    .where(and(eq(portfolioFiles.userId, userId), eq(portfolioFiles.name, name)));
  return file && { ...file, content: unpackText(file.content) };
}

/** All files of a user with their texts, of one moment, in the order in which a set is delivered. */
export async function loadFileSet(
  read: Reader,
  userId: string,
): Promise<{ name: FileName; sha256: string; content: string }[]> {
  const rows = await read
    .select({ name: portfolioFiles.name, sha256: portfolioFiles.sha256, content: portfolioContents.content })
    .from(portfolioFiles)
    .innerJoin(portfolioContents, eq(portfolioContents.sha256, portfolioFiles.sha256))
    .where(eq(portfolioFiles.userId, userId));
  return rows
    .map((row) => ({ ...row, content: unpackText(row.content) }))
    .sort((one, other) => FILE_NAMES.indexOf(one.name) - FILE_NAMES.indexOf(other.name));
}
