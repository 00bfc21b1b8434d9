import { describe, expect, test } from "bun:test";
import {
  createRelevanceTest,
  dropDuplicates,
  isWithinWindow,
  type NewsCandidate,
  selectRelevant,
} from "../../../../src/systems/recommendations/sentiment/relevance.ts";
import { article } from "../scoring/facts.ts";

const LOMA = { ticker: "LOMA", quoteSymbol: "LOMA", aliases: ["Loma Negra", "Loma Negra C.I.A.S.A."] };
const YPF = { ticker: "YPF", quoteSymbol: "YPF", aliases: ["YPF", "Yacimientos Petrolíferos Fiscales"] };
const NOW = new Date("2024-03-08T15:00:00.000Z");

describe("defect a-10: an article must speak of the company", () => {
  const concernsLoma = createRelevanceTest(LOMA);
  const concernsYpf = createRelevanceTest(YPF);
  const loma = (title: string, other: Partial<NewsCandidate> = {}) => concernsLoma({ ...article(title), ...other });
  const ypf = (title: string) => concernsYpf(article(title));

  test.each([
    "Loma Negra recompra acciones",
    "Crece el despacho de cemento de LOMA NEGRA, según AFCP",
    "Acciones de LOMA suben 4%",
    "LOMA shares jump in New York",
  ])("%p does", (title) => expect(loma(title)).toBe(true));

  test.each([
    "Incendio en la loma del parque",
    "Palomanegra gana el torneo",
    "Argentina: sube el Merval",
    "El barrio LOMA celebra su fiesta",
    "VECINOS DE LOMA PIDEN ACCIONES AL INTENDENTE",
  ])("%p does not", (title) => expect(loma(title)).toBe(false));

  test("the description counts too", () => {
    expect(loma("Cemento en alza", { description: "Según Loma Negra, los despachos crecieron." })).toBe(true);
  });

  test("a symbol listed by the source is enough", () => {
    expect(loma("Cement stocks to watch", { relatedTickers: ["GLOB", "loma"] })).toBe(true);
    expect(loma("Cement stocks to watch", { relatedTickers: ["GLOB"] })).toBe(false);
  });

  test("a ticker that is also the company's name needs no market word, but its capitals", () => {
    expect(ypf("YPF firma un convenio con la UBA")).toBe(true);
    expect(ypf("El portal ypfblog cierra")).toBe(false);
  });

  test.each([
    ["LOMA uno dos acciones", true],
    ["LOMA uno dos tres acciones", false],
    ["acciones uno dos LOMA", true],
    ["acciones uno dos tres LOMA", false],
    ["LOMA ADR", false],
  ])("a market word counts within three words, and not where all is in capitals: %p", (title, concerned) => {
    expect(loma(`${title}${title === "LOMA ADR" ? " PIDE EL BARRIO" : ""}`)).toBe(concerned);
  });

  test("accents do not matter", () => {
    expect(ypf("Yacimientos Petroliferos Fiscales cumple cien años")).toBe(true);
  });
});

describe("duplicates", () => {
  test("the first of a URL, or of a title up to its last source, stays", () => {
    const kept = dropDuplicates([
      { url: "https://a/1", title: "YPF sube - Ámbito" },
      { url: "https://a/1", title: "Otro título" },
      { url: "https://b/2", title: "YPF SUBE - Infobae" },
      { url: "https://c/3", title: "Otro titulo - Clarín" },
      { url: "https://d/4", title: "YPF sube - 5% - Ámbito" },
    ]);
    expect(kept.map(({ url }) => url)).toEqual(["https://a/1", "https://d/4"]);
  });
});

describe("the window", () => {
  test.each([
    ["2024-03-08T15:00:00.000Z", true],
    ["2024-03-01T15:00:00.000Z", true],
    ["2024-03-01T14:59:59.999Z", false],
    ["2024-03-08T15:00:00.001Z", false],
    ["yesterday", false],
  ])("%p is inside: %p", (publishedAt, inside) => {
    expect(isWithinWindow({ publishedAt }, NOW, 7)).toBe(inside);
  });
});

test("selectRelevant gives the company's recent articles, newest first, once each", () => {
  const candidates: NewsCandidate[] = [
    article("Loma Negra anuncia asamblea - Ámbito", { publishedAt: "2024-03-05T10:00:00Z", url: "https://a/1" }),
    article("Loma Negra sube", { publishedAt: "2024-03-07T10:00:00Z", url: "https://a/2" }),
    article("Loma Negra anuncia asamblea", { publishedAt: "2024-03-06T10:00:00Z", url: "https://a/3" }),
    article("Loma Negra en 2023", { publishedAt: "2024-02-01T10:00:00Z", url: "https://a/4" }),
    article("El Merval cae", { publishedAt: "2024-03-07T10:00:00Z", url: "https://a/5" }),
    { ...article("Cement", { publishedAt: "2024-03-04T10:00:00Z", url: "https://a/6" }), relatedTickers: ["LOMA"] },
  ];
  const selected = selectRelevant(candidates, { ticker: LOMA, now: NOW, lookbackDays: 7 });
  expect(selected.map(({ url }) => url)).toEqual(["https://a/2", "https://a/3", "https://a/6"]);
  expect(selected[2]).not.toHaveProperty("relatedTickers");
});
