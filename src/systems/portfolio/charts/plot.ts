/** Where the parts of a chart stand, in pixels. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  /** Foot of the prices; the volume stands below it. */
  bottom: number;
  volumeTop: number;
  volumeBottom: number;
  /** Width of one bar's place. */
  slot: number;
  /** Middle of a bar's place. */
  xOf(index: number): number;
  yOf(price: number): number;
}

const TOP = 74;
const FOOT = 30;
const LEFT = 18;
/** Part of the height that the volume gets, and the gap above it. */
const VOLUME_PART = 0.16;
const VOLUME_GAP = 12;
/** Room right of a single bar and its kind: a slot is never wider. */
const WIDEST_SLOT = 24;

export interface PlotOptions {
  bars: number;
  range: { low: number; high: number };
  height: number;
  /** Where the prices' axis begins. */
  right: number;
}

export function layOutPlot({ bars, range, height, right }: PlotOptions): Plot {
  const volumeBottom = height - FOOT;
  const volumeTop = volumeBottom - (volumeBottom - TOP) * VOLUME_PART;
  const bottom = volumeTop - VOLUME_GAP;
  const slot = Math.min((right - LEFT) / bars, WIDEST_SLOT);
  const start = right - slot * bars;
  return {
    left: LEFT,
    right,
    top: TOP,
    bottom,
    volumeTop,
    volumeBottom,
    slot,
    xOf: (index) => start + (index + 0.5) * slot,
    yOf: (price) => bottom - ((price - range.low) / (range.high - range.low)) * (bottom - TOP),
  };
}
