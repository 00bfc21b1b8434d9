import { VigiaError } from "../../../kit/errors.ts";

/** One statement of a file: without the comments before it and the semicolon after it. */
export interface SqlStatement {
  text: string;
  /** Line that it starts on, from 1. */
  line: number;
}

/** Pieces that may hold a semicolon which ends nothing. What none of them matches is one character. */
const PIECES: readonly [kind: "gap" | "word" | "quoted", pattern: RegExp][] = [
  ["gap", /\s+|--[^\n]*/y],
  ["quoted", /e'(?:[^'\\]|\\[\s\S]|'')*'/iy],
  ["word", /[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy],
  ["quoted", /'(?:[^']|'')*'/y],
  ["quoted", /"(?:[^"]|"")*"/y],
  ["quoted", /(\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)[\s\S]*?\1/iy],
  ["quoted", /\d[\w.]*/y],
];

const OPENS_UNENDED = /['"]|\/\*|\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/iy;

/**
 * Splits SQL at the semicolons that end statements: not those in quotes, dollar quotes, comments (which nest),
 * parentheses (rules) and `begin atomic … end` (function bodies). Throws `bad_migration` for a quote without an end.
 */
export function splitStatements(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  const nesting = createNesting();
  let start = -1;
  const finish = (end: number) => {
    if (start !== -1) statements.push({ text: sql.slice(start, end).trimEnd(), line: lineAt(sql, start) });
    start = -1;
  };
  for (let at = 0; at < sql.length; ) {
    const { kind, length } = pieceAt(sql, at);
    const text = sql.slice(at, at + length);
    if (text === ";" && nesting.outermost) finish(at);
    else if (kind !== "gap") {
      if (start === -1) {
        start = at;
        nesting.reset();
      }
      nesting.take(text.toLowerCase());
    }
    at += length;
  }
  finish(sql.length);
  return statements;
}

function pieceAt(sql: string, at: number): { kind: "gap" | "word" | "quoted" | "other"; length: number } {
  if (sql.startsWith("/*", at)) return { kind: "gap", length: commentLength(sql, at) };
  for (const [kind, pattern] of PIECES) {
    pattern.lastIndex = at;
    const length = pattern.exec(sql)?.[0].length;
    if (length !== undefined) return { kind, length };
  }
  OPENS_UNENDED.lastIndex = at;
  if (OPENS_UNENDED.test(sql)) throw unended(sql, at);
  return { kind: "other", length: 1 };
}

function commentLength(sql: string, from: number): number {
  let depth = 0;
  for (let at = from; at < sql.length; at++) {
    if (sql.startsWith("/*", at)) depth += 1;
    else if (sql.startsWith("*/", at)) depth -= 1;
    else continue;
    at += 1;
    if (depth === 0) return at + 1 - from;
  }
  throw unended(sql, from);
}

/** Parentheses, and the blocks of `begin atomic`, in which `case` has an `end` too. */
function createNesting() {
  let parentheses = 0;
  let blocks = 0;
  let previous = "";
  return {
    get outermost() {
      return parentheses <= 0 && blocks === 0;
    },
    reset() {
      parentheses = blocks = 0;
      previous = "";
    },
    take(piece: string) {
      if (piece === "(") parentheses += 1;
      else if (piece === ")") parentheses -= 1;
      else if (piece === "atomic" && previous === "begin") blocks = 1;
      else if (piece === "case" && blocks > 0) blocks += 1;
      else if (piece === "end" && blocks > 0) blocks -= 1;
      previous = piece;
    },
  };
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

const unended = (sql: string, at: number): VigiaError =>
  new VigiaError("bad_migration", `A quote or comment that opens on line ${lineAt(sql, at)} has no end.`);
