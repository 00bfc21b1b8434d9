const FULL = "█";
const EMPTY = "░";

/** Share done in [0, 1]; undefined while the total is unknown. A total of zero is done. */
export function shareDone(done: number, total: number | null): number | undefined {
  if (total === null) return undefined;
  if (total <= 0) return 1;
  return Math.min(1, Math.max(0, done / total));
}

/** A bar of exactly `width` columns; empty while the total is unknown, and never full before the end. */
export function renderProgressBar(done: number, total: number | null, width: number): string {
  const share = shareDone(done, total) ?? 0;
  const full = Math.floor(share * width);
  return FULL.repeat(full) + EMPTY.repeat(Math.max(0, width - full));
}

/** `8/15 53%`, or `8 done` while the total is unknown. */
export function renderCount(done: number, total: number | null): string {
  const share = shareDone(done, total);
  return share === undefined ? `${done} done` : `${done}/${total} ${Math.floor(share * 100)}%`;
}
