/** Fewer rows than these are never asked for: below, a refusal is about a row and not about their number. */
export const SMALLEST_BATCH = 10;
/** Batches that have to pass before a larger one is tried. */
const ACCEPTED_TO_GROW = 10;
const GROWTH = 1.25;

/** How many rows go into one request of a stream. */
export interface BatchSize {
  rows: number;
  /** Batches accepted since the size last changed. */
  accepted: number;
}

/** Where a stream begins; `stored` is what it had found out, `null` nothing. */
export function initialSize(stored: { batchRows: number | null; batchesAccepted: number }, most: number): BatchSize {
  if (stored.batchRows === null || stored.batchRows >= most) return { rows: most, accepted: 0 };
  return { rows: Math.max(smallest(most), stored.batchRows), accepted: stored.batchesAccepted };
}

/** What is remembered of it; null says as the settings do. */
export const storedRows = ({ rows }: BatchSize, most: number): number | null => (rows >= most ? null : rows);

/** After a batch was accepted: a quarter more after ten of them, up to `most`. */
export function sizeAfterAccepted({ rows, accepted }: BatchSize, most: number): BatchSize {
  if (rows >= most) return { rows: most, accepted: 0 };
  if (accepted + 1 < ACCEPTED_TO_GROW) return { rows, accepted: accepted + 1 };
  return { rows: Math.min(most, Math.ceil(rows * GROWTH)), accepted: 0 };
}

/** After a batch of `sent` rows was too large or too slow: half of it. Undefined at the floor: smaller ones are no remedy. */
export function sizeAfterRefusal(sent: number, most: number): BatchSize | undefined {
  const floor = smallest(most);
  return sent <= floor ? undefined : { rows: Math.max(floor, Math.floor(sent / 2)), accepted: 0 };
}

const smallest = (most: number): number => Math.min(SMALLEST_BATCH, most);
