import { expect } from "bun:test";
import type { OpenOptions, openDashboard } from "./open-dashboard.ts";

type Screen = Awaited<ReturnType<typeof openDashboard>>;

/** A screen says the same with and without colour, and what is bad (`word`) is red where there is colour. */
export async function expectSameWords(open: (options?: OpenOptions) => Promise<Screen>, word: string): Promise<void> {
  await using plain = await open();
  await using coloured = await open({ color: true });
  const words = async ({ terminal }: Screen) => (await terminal.screen()).map((line) => line.trimEnd());
  expect(await words(coloured)).toEqual(await words(plain));
  const red = "\u001b[31m";
  expect(coloured.terminal.output).toContain(red + word);
  expect(plain.terminal.output).not.toContain(red);
}
