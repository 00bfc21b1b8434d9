import { PassThrough, Writable } from "node:stream";
import { Terminal } from "@xterm/headless";

export interface TestTerminal {
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WritableStream;
  /** Everything written so far, escape sequences and all. */
  readonly output: string;
  /** Rows of the visible screen, without trailing spaces. */
  screen(): Promise<string[]>;
  /** Rows that have scrolled off the top of the screen that shells use. */
  scrollback(): Promise<string[]>;
  /** Rows of the visible screen that go on in the next one: lines that were too long. */
  wrappedRows(): Promise<number[]>;
  /** Cells of the visible screen with a colour of their own. */
  colouredCells(): Promise<number>;
  /** Column of the cursor after what was written. */
  cursorColumn(): Promise<number>;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves with the screen once `isThere` holds of it; fails with the screen it got stuck at. */
  waitFor(isThere: string | RegExp | ((screen: string) => boolean)): Promise<string>;
}

const PATIENCE_MS = 30_000;

/** A terminal model (xterm) with the two streams of a real one. */
export function openTerminal({ columns = 80, rows = 24 } = {}): TestTerminal {
  // Terminals in raw mode still turn the line feeds of programs into new lines.
  const terminal = new Terminal({ cols: columns, rows, scrollback: 500, allowProposedApi: true, convertEol: true });
  let output = "";
  const stdout = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        output += chunk;
        terminal.write(chunk, done);
      },
    }),
    { isTTY: true, columns, rows },
  );
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {}, ref() {}, unref() {} });

  const written = () => new Promise<void>((resolve) => terminal.write("", resolve));
  const visible = () => {
    const { active } = terminal.buffer;
    return Array.from({ length: terminal.rows }, (_, row) => active.getLine(active.baseY + row));
  };
  const screen = async () => {
    await written();
    return visible().map((line) => line?.translateToString(true) ?? "");
  };

  return {
    stdin,
    stdout,
    get output() {
      return output;
    },
    screen,
    async scrollback() {
      await written();
      const { normal } = terminal.buffer;
      return Array.from({ length: normal.baseY }, (_, row) => normal.getLine(row)?.translateToString(true) ?? "");
    },
    async wrappedRows() {
      await written();
      return visible().flatMap((line, row) => (line?.isWrapped ? [row] : []));
    },
    async colouredCells() {
      await written();
      const cells = visible().flatMap((line) =>
        Array.from({ length: terminal.cols }, (_, column) => line?.getCell(column)),
      );
      return cells.filter((cell) => cell && !(cell.isFgDefault() && cell.isBgDefault())).length;
    },
    async cursorColumn() {
      await written();
      return terminal.buffer.active.cursorX;
    },
    type: (keys) => void stdin.write(keys),
    resize(newColumns, newRows) {
      terminal.resize(newColumns, newRows);
      Object.assign(stdout, { columns: newColumns, rows: newRows });
      stdout.emit("resize");
    },
    async waitFor(isThere) {
      const holds = (text: string) =>
        typeof isThere === "function"
          ? isThere(text)
          : isThere instanceof RegExp
            ? isThere.test(text)
            : text.includes(isThere);
      for (const deadline = performance.now() + PATIENCE_MS; ; ) {
        const text = (await screen()).join("\n");
        if (holds(text)) return text;
        if (performance.now() > deadline) throw new Error(`not on the screen: ${isThere}\n${text}`);
        await Bun.sleep(2);
      }
    },
  };
}
