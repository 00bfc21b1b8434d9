export interface ListWindow {
  /** Index of the first item shown. */
  from: number;
  /** Index after the last item shown. */
  to: number;
}

/** The part of a list of `count` items that `height` rows show, with the selected one as near the middle as it can be. */
export function listWindow(count: number, height: number, selected: number): ListWindow {
  const shown = Math.max(0, Math.min(count, height));
  const from = Math.max(0, Math.min(selected - Math.floor(shown / 2), count - shown));
  return { from, to: from + shown };
}

/** `1-5 of 8`, or the count alone when everything is shown. */
export function renderListRange({ from, to }: ListWindow, count: number): string {
  return to - from >= count ? String(count) : `${from + 1}-${to} of ${count}`;
}
