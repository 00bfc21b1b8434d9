import { afterEach, describe, expect, setSystemTime, spyOn, test } from "bun:test";
import { renderPdf } from "../../../src/kit/pdf/index.ts";
import { printed } from "./read-pdf.ts";

const REPORT = `# 📊 Informe de portafolio

**Usuario Ñandú**  
Análisis del 8 de marzo de 2024

> 🧪 **Datos de muestra.** No sirven para decidir.

## Posiciones

| Símbolo | Precio | Peso |
| --- | ---: | ---: |
| AAPL | 1.234,56 USD | 67,84 % |
| SHIB-USD | 0,00003321 | 1,88 % |

### 🟢 AAPL: COMPRAR

- 🔴 **Sobrecompra:** el RSI está arriba de 70.
- Costo de *referencia* 100 €

📈 [Ver gráfico](https://example.test/api/charts/AAPL.svg)

---

*Generado por el sistema*
`;

afterEach(() => void setSystemTime());

describe("a report as PDF", () => {
  test("holds the words of every block, in order and with their accents", async () => {
    const { lines } = await printed(REPORT);
    expect(lines()).toEqual([
      "Informe de portafolio",
      "Usuario Ñandú",
      "Análisis del 8 de marzo de 2024",
      "Datos de muestra. No sirven para decidir.",
      "Posiciones",
      "Símbolo Precio Peso",
      "AAPL 1.234,56 USD 67,84\u00a0%",
      "SHIB-USD 0,00003321 1,88\u00a0%",
      "AAPL: COMPRAR",
      "Sobrecompra: el RSI está arriba de 70.",
      "• Costo de referencia 100 €",
      "Ver gráfico",
      "Generado por el sistema",
      "Informe de portafolio Página 1 de 1",
    ]);
  });

  test("says its title and language, and no date of its making", async () => {
    const { source } = await printed(REPORT);
    expect(source).toStartWith("%PDF-1.3");
    expect(source.trimEnd()).toEndWith("%%EOF");
    expect(source).toContain("(Informe de portafolio)");
    expect(source).toContain("/Lang (es)");
    expect(source).not.toContain("CreationDate");
    const titled = Buffer.from(await renderPdf("hola", { title: "Otro título" })).toString("latin1");
    expect(titled).toContain(utf16("Otro título"));
  });

  test("is the same bytes for the same text", async () => {
    const first = await renderPdf(REPORT);
    setSystemTime(new Date("2031-05-06T07:08:09Z"));
    expect(Buffer.compare(await renderPdf(REPORT), first)).toBe(0);
    expect(Buffer.compare(await renderPdf(`${REPORT}.`), first)).not.toBe(0);
  });

  test("gives way to other work between any two pieces of its own, once its time is up", async () => {
    const table = `| A | B |\n| --- | --- |\n${"| uno | dos |\n".repeat(120)}`;
    const lines = "hola  \n".repeat(280);
    const countTurns = async (text: string, passMs: number) => {
      const whole = await renderPdf(text);
      let nowMs = 0;
      using _ = spyOn(performance, "now").mockImplementation(() => (nowMs += passMs));
      using turns = spyOn(globalThis, "setImmediate");
      expect(Buffer.compare(await renderPdf(text), whole)).toBe(0);
      return turns.mock.calls.length;
    };
    // Each row of a table is read, measured and drawn.
    expect(await countTurns(table, 1_000)).toBeGreaterThanOrEqual(3 * 120);
    // Each line is drawn; each page gets its footer and is deflated.
    const { pages } = await printed(lines);
    expect(pages.length).toBeGreaterThan(4);
    expect(await countTurns(lines, 1_000)).toBeWithin(280 + 2 * pages.length, 280 + 2 * pages.length + 5);
    expect(await countTurns(table, 0)).toBeLessThan(5);
  });

  test("links web addresses and no others", async () => {
    const { source, lines } = await printed(
      "[uno](https://a.test/?q=ñ) [dos](javascript:alert(1)) [tres](file:///etc/passwd) [cuatro](mailto:a@b.test) [cinco](relativo)",
    );
    const addresses = [...source.matchAll(/\/URI \((.*)\)/g)].map(([, address]) => address!);
    expect(addresses).toEqual(["https://a.test/?q=%C3%B1", "mailto:a@b.test"]);
    expect(lines()[0]).toBe("uno dos tres cuatro cinco");
  });

  test("prints HTML as text and fetches no picture", async () => {
    const { lines, source } = await printed(
      "<script>alert(1)</script>\n\nhola <b>vos</b> ![gráfico](https://a.test/x.png) &lt;i&gt; &amp;amp;",
    );
    expect(lines().slice(0, 2)).toEqual(["<script>alert(1)</script>", "hola <b>vos</b> [Imagen: gráfico] <i> &amp;"]);
    expect(source).not.toContain("/Subtype /Image");
  });

  test("numbers and nests lists, ticks tasks and keeps the lines of code", async () => {
    const { lines } = await printed(
      "3. tres\n4. cuatro\n   - dentro\n\n- [x] hecho\n- [ ] falta\n\n```\nif (a)\n  b;\n```",
    );
    expect(lines().slice(0, 7)).toEqual([
      "3. tres",
      "4. cuatro",
      "– dentro",
      "• [x] hecho",
      "• [ ] falta",
      "if (a)",
      "b;",
    ]);
  });

  test("shows bold, italic and code in fonts of their own", async () => {
    const { pages } = await printed("uno **dos** *tres* ***cuatro*** `cinco`");
    expect(new Set(pages[0]!.slice(0, 5).map(({ font }) => font)).size).toBe(5);
  });

  test("offers its headings as bookmarks", async () => {
    const { source } = await printed("# Informe\n\n## Uno\n\n### Dentro\n\n## Dos");
    const titles = [...source.matchAll(/\/Title \((.*?)\)/g)].map(([, title]) => title!);
    expect(titles).toEqual(expect.arrayContaining(["Uno", "Dentro", "Dos"]));
  });
});

describe("pages", () => {
  const TABLE = `# Título\n\n| A | B |\n| --- | --- |\n${"| uno | dos |\n".repeat(120)}`;

  test("repeat the header of a table and count themselves", async () => {
    const { pages, lines } = await printed(TABLE);
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages.keys()) {
      expect(lines(page)).toContain("A B");
      expect(lines(page).at(-1)).toBe(`Título Página ${page + 1} de ${pages.length}`);
    }
    const rows = pages.keys().flatMap((page) => lines(page).filter((line) => line === "uno dos"));
    expect([...rows].length).toBe(120);
  });

  test("keep everything between the margins", async () => {
    const long = "palabra ".repeat(40);
    const { pages } = await printed(`${TABLE}\n${`## ${long}\n\n- ${long}\n\n> ${long}\n\n`.repeat(30)}`);
    for (const { x, y } of pages.flat()) {
      expect(x).toBeGreaterThanOrEqual(54);
      expect(x).toBeLessThan(595 - 54);
      expect(y).toBeGreaterThan(30);
      expect(y).toBeLessThan(842 - 54);
    }
  });

  test("never end with a heading", async () => {
    for (let lines = 40; lines < 60; lines++) {
      const { pages, lines: linesOf } = await printed(`${"hola  \n".repeat(lines)}\n\n## Título\n\ntexto`);
      const withTitle = [...pages.keys()].find((page) => linesOf(page).includes("Título"));
      expect(linesOf(withTitle!)).toContain("texto");
    }
  });

  test("part no short text", async () => {
    const short = "palabra ".repeat(40).trim();
    for (let lines = 45; lines < 56; lines++) {
      const { pages, lines: linesOf } = await printed(`${"hola  \n".repeat(lines)}\n\n- ${short}`);
      const shares = [...pages.keys()].map(
        (page) =>
          linesOf(page)
            .join(" ")
            .match(/palabra/g)?.length ?? 0,
      );
      expect(shares.filter((share) => share > 0)).toEqual([40]);
    }
  });

  test("give a wide column more room than a narrow one, and break only what must be", async () => {
    const words = "una explicación bastante larga de lo que pasa con este activo y por qué conviene mirarlo";
    const { pages, lines } = await printed(`| Símbolo | Nota |\n|---|---|\n| BTC-USD | ${words} ${words} |\n`);
    expect(pages[0]!.some(({ text }) => text === "BTC-USD")).toBe(true);
    expect(lines().slice(1, -1).join(" ").replace("BTC-USD ", "")).toBe(`${words} ${words}`);
  });
});

/** Titles with letters beyond ASCII are written in UTF-16, big end first, as octets. */
const utf16 = (text: string): string => Buffer.from(text, "utf16le").swap16().toString("latin1");
