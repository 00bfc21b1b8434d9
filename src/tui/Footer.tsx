import { cutText, displayWidth } from "./fit-text.ts";
import { KEY_BINDINGS, type KeyBinding, type Screen } from "./keys.ts";
import { Line } from "./Line.tsx";
import { usePalette } from "./palette.ts";

/** The keys of a screen in one line, or a message that is more urgent. */
export function Footer({ screen, message, columns }: { screen: Screen; message?: string; columns: number }) {
  const palette = usePalette();
  if (message) return <Line>{palette("bad", cutText(` ${message}`, columns))}</Line>;
  const hints = KEY_BINDINGS.filter((binding) => binding.hint && binding.screens.includes(screen)).toSorted(
    (a, b) => commonness(a) - commonness(b),
  );
  let used = 0;
  const shown = hints.filter(({ label, hint }) => {
    used += displayWidth(label) + displayWidth(hint ?? "") + 3;
    return used <= columns;
  });
  return <Line>{` ${shown.map(({ label, hint }) => `${label} ${palette("dim", hint ?? "")}`).join("  ")}`}</Line>;
}

/** After the way out and the help comes what only this screen has: the rest is learned elsewhere and may be cut off. */
const commonness = ({ action, screens }: KeyBinding): number =>
  action === "quit" || action === "help" ? 0 : screens.length === 1 ? 1 : 2;
