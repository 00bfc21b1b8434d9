import { Text } from "ink";

/** One row of the screen. Its text is already cleaned, fitted and toned; Ink's cut is the last guard against a wrap. */
export function Line({ children = "" }: { children?: string }) {
  // Ink gives an empty text no row at all.
  return <Text wrap="truncate-end">{children === "" ? " " : children}</Text>;
}
