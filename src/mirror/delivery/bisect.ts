import { isUnclear, type RemoteFailure } from "../remote/failure.ts";

export interface BadItem<Item> {
  item: Item;
  failure: RemoteFailure;
}

interface Bisection<Item> {
  /** Items that are refused alone, each with what was said of it. */
  bad: BadItem<Item>[];
  /** `too_many`: there are more than worth looking for. `failed`: a part met something that is no item's fault. */
  ended: "complete" | "too_many" | "failed";
  /** Of `failed`. */
  failure?: RemoteFailure;
}

interface BisectOptions<Item> {
  /** What was said of all of them together. */
  refused: RemoteFailure;
  /** Sends a part; undefined when it was accepted. */
  send(part: readonly Item[]): Promise<RemoteFailure | undefined>;
  /** Hears of every accepted part at once, so that nothing good is sent twice. */
  accepted(part: readonly Item[]): Promise<void>;
  /** Whether so many bad ones are too many. */
  tooMany(bad: number): boolean;
}

/**
 * Finds the items because of which a batch was refused, by halves. One bad item of n costs at most 2·⌈log2 n⌉ requests: two on
 * each level, and where the left half was accepted the right one is known to hold it and is not sent as a whole. Every item
 * called bad was sent alone, so that what was said is said of it.
 */
export async function bisect<Item>(items: readonly Item[], options: BisectOptions<Item>): Promise<Bisection<Item>> {
  const found: Bisection<Item> = { bad: [], ended: "complete" };

  const note = (item: Item, failure: RemoteFailure) => {
    found.bad.push({ item, failure });
    if (options.tooMany(found.bad.length)) found.ended = "too_many";
  };
  const split = async (part: readonly Item[]): Promise<void> => {
    const middle = part.length >> 1;
    const right = part.slice(middle);
    const isLeftGood = await visit(part.slice(0, middle));
    if (found.ended !== "complete") return;
    if (isLeftGood && right.length > 1) await split(right);
    else await visit(right);
  };
  const visit = async (part: readonly Item[]): Promise<boolean> => {
    const failure = await options.send(part);
    if (!failure) {
      await options.accepted(part);
      return true;
    }
    if (!isAboutItems(failure, part.length)) {
      found.ended = "failed";
      found.failure = failure;
    } else if (part.length === 1) note(part[0]!, failure);
    else await split(part);
    return false;
  };

  if (items.length === 1) note(items[0]!, options.refused);
  else await split(items);
  return found;
}

/**
 * A part that was cancelled there for its time may hold one item that takes too long; alone, it is the other side that is slow.
 * One that ran out of time here may still be at work there: nothing may follow it.
 */
const isAboutItems = (failure: RemoteFailure, count: number): boolean =>
  failure.kind === "rejected" ||
  failure.kind === "too_large" ||
  (failure.kind === "slow" && !isUnclear(failure) && count > 1);
