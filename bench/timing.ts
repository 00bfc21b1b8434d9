/** Middle value; the mean of the two middle ones of an even count. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export async function timeMs(work: () => unknown): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

/** Runs both sides in turn, so that whatever else the machine does falls on both; ms a call: medians, and our best. */
export async function compareMs(
  work: () => unknown,
  other: () => unknown,
  { rounds, calls = 1, warmUp = 1 }: { rounds: number; calls?: number; warmUp?: number },
): Promise<{ oursMs: number; bestMs: number; theirsMs: number }> {
  const repeat = async (one: () => unknown) => {
    for (let call = 0; call < calls; call++) await one();
  };
  const measured: { ours: number; theirs: number }[] = [];
  for (let round = -warmUp; round < rounds; round++) {
    const pair = {
      ours: (await timeMs(() => repeat(work))) / calls,
      theirs: (await timeMs(() => repeat(other))) / calls,
    };
    if (round >= 0) measured.push(pair);
  }
  const ours = measured.map((pair) => pair.ours);
  return { oursMs: median(ours), bestMs: Math.min(...ours), theirsMs: median(measured.map((pair) => pair.theirs)) };
}
