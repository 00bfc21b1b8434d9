import { expect, test } from "bun:test";
import { foldAccents, foldWords, indexOfRun, splitWords, startsRunAt } from "../../src/kit/text.ts";

test("foldAccents drops accents, in composed and decomposed writing, and keeps case", () => {
  expect(foldAccents("Cayó AÑO Ünico")).toBe("Cayo ANO Unico");
  expect(foldAccents("cayo\u0301")).toBe("cayo");
});

test("splitWords gives runs of letters and digits with their accents composed", () => {
  expect(splitWords("¿YPF subió 6,5%? (récord)")).toEqual(["YPF", "subió", "6", "5", "récord"]);
  expect(splitWords("bajo\u0301")).toEqual(["bajó"]);
  expect(splitWords("... — !")).toEqual([]);
  expect(splitWords("")).toEqual([]);
});

test("foldWords makes texts comparable", () => {
  expect(foldWords("Pampa ENERGÍA, S.A.")).toEqual(["pampa", "energia", "s", "a"]);
});

test("indexOfRun finds whole words in order only", () => {
  const words = ["el", "loma", "negra", "loma", "verde"];
  expect(indexOfRun(words, ["loma", "verde"])).toBe(3);
  expect(indexOfRun(words, ["loma"], 2)).toBe(3);
  expect(indexOfRun(words, ["lom"])).toBe(-1);
  expect(indexOfRun(words, ["verde", "el"])).toBe(-1);
  expect(indexOfRun(words, [])).toBe(-1);
  expect(startsRunAt(words, ["negra", "loma"], 2)).toBe(true);
  expect(startsRunAt(words, ["verde", "loma"], 4)).toBe(false);
});
