/** What an env file says, and what is wrong with it; values of faulty lines are left out, and never quoted. */
export interface EnvFile {
  values: Record<string, string>;
  faults: { line: number; problem: string }[];
  warnings: { line: number; problem: string }[];
}

const NAME = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/;
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** Longer lines, and values that references make longer, are not settings. */
const MAX_LENGTH = 32_768;

interface Entry {
  raw: string;
  line: number;
  expands: boolean;
  /** Once known: a value that many others refer to is expanded once. */
  resolved?: Resolved;
}

/**
 * Parses `NAME=value` lines: `#` comments (at line start or after white space outside quotes), 'literal' and "escaped"
 * quotes, `${OTHER}` from the file or `outer`, CRLF and BOM. An unresolved or cyclic reference is a fault.
 */
export function parseEnvFile(content: string, outer: Readonly<Record<string, string | undefined>> = {}): EnvFile {
  const file: EnvFile = { values: {}, faults: [], warnings: [] };
  const entries = new Map<string, Entry>();
  const lines = content.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [index, text] of lines.entries()) readLine(text, index + 1, entries, file);
  for (const [name, entry] of entries) {
    const resolved = expand(name, { entries, outer }, []);
    if ("problem" in resolved) file.faults.push({ line: entry.line, problem: `${name}: ${resolved.problem}` });
    else file.values[name] = resolved.value;
  }
  return file;
}

function readLine(text: string, line: number, entries: Map<string, Entry>, file: EnvFile): void {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.startsWith("#")) return;
  if (trimmed.length > MAX_LENGTH) {
    file.faults.push({ line, problem: `line is longer than ${MAX_LENGTH} characters` });
    return;
  }
  const match = NAME.exec(trimmed);
  if (!match) {
    file.faults.push({ line, problem: "is not NAME=value" });
    return;
  }
  const [, name = "", rest = ""] = match;
  const value = readValue(rest.trim());
  if (!value) {
    file.faults.push({ line, problem: `${name}: a quote is not closed` });
    return;
  }
  if (entries.has(name)) file.warnings.push({ line, problem: `${name} is set twice; the last one counts` });
  entries.set(name, { ...value, line });
}

function readValue(text: string): { raw: string; expands: boolean } | undefined {
  const quote = text[0];
  if (quote !== "'" && quote !== '"') return { raw: text.replace(/(^|\s)#.*$/, "").trim(), expands: true };
  const end = closingQuote(text, quote);
  if (end < 0) return undefined;
  const inside = text.slice(1, end);
  if (quote === "'") return { raw: inside, expands: false };
  const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t" };
  return { raw: inside.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter), expands: true };
}

function closingQuote(text: string, quote: string): number {
  for (let index = 1; index < text.length; index++) {
    if (text[index] === "\\" && quote === '"') index++;
    else if (text[index] === quote) return index;
  }
  return -1;
}

type Resolved = { value: string } | { problem: string };

/** Where references find their values. */
interface Names {
  entries: ReadonlyMap<string, Entry>;
  outer: Readonly<Record<string, string | undefined>>;
}

/** `path` holds the names whose values ask for this one. */
function expand(name: string, names: Names, path: readonly string[]): Resolved {
  if (path.includes(name)) return { problem: `refers to itself (${[...path, name].join(" → ")})` };
  const entry = names.entries.get(name);
  if (!entry) {
    const value = names.outer[name];
    return value === undefined ? { problem: `\${${name}} is not set anywhere` } : { value };
  }
  if (!entry.expands) return { value: entry.raw };
  entry.resolved ??= expandReferences(entry.raw, names, [...path, name]);
  return entry.resolved;
}

function expandReferences(raw: string, names: Names, path: readonly string[]): Resolved {
  let problem: string | undefined;
  const value = raw.replace(REFERENCE, (_, other: string) => {
    const inner = expand(other, names, path);
    if ("value" in inner) return inner.value;
    problem ??= inner.problem;
    return "";
  });
  if (value.length > MAX_LENGTH) problem ??= `its references make it longer than ${MAX_LENGTH} characters`;
  return problem === undefined ? { value } : { problem };
}
