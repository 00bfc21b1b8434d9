// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no such characters, not even escaped
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text from outside inside an element or an attribute. */
export const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replace(NOT_XML, "")
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);

/** A coordinate with one decimal: finer is not seen, and the file is half as long. */
export const coordinate = (value: number): string => {
  const rounded = Math.round(value * 10) / 10;
  return String(rounded === 0 ? 0 : rounded);
};

/** `M` and `L` through the finite points; a missing one breaks the line. */
export function linePath(values: Float64Array, xOf: (index: number) => number, yOf: (value: number) => number): string {
  let path = "";
  let isDrawing = false;
  for (const [index, value] of values.entries()) {
    if (Number.isFinite(value)) path += `${isDrawing ? "L" : "M"}${coordinate(xOf(index))} ${coordinate(yOf(value))}`;
    isDrawing = Number.isFinite(value);
  }
  return path;
}

/** The area between two lines, where both are known. */
export function areaPath(
  { lower, upper }: { lower: Float64Array; upper: Float64Array },
  xOf: (index: number) => number,
  yOf: (value: number) => number,
): string {
  const known = lower
    .keys()
    .filter((index) => Number.isFinite(lower[index]!) && Number.isFinite(upper[index]!))
    .toArray();
  if (known.length < 2) return "";
  const point = (index: number, value: number) => `${coordinate(xOf(index))} ${coordinate(yOf(value))}`;
  const there = known.map((index) => point(index, upper[index]!));
  const back = known.toReversed().map((index) => point(index, lower[index]!));
  return `M${[...there, ...back].join("L")}Z`;
}
