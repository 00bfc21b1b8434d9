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

/** First the way out and the help, then what only this screen has, then the way to its other list: the rest is guessed. */
function commonness({ action, screens }: KeyBinding): number {
  if (action === "quit" || action === "help") return 0;
  if (screens.length === 1) return 1;
  return action === "switchPane" ? 2 : 3;
}
