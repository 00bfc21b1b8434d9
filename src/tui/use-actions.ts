import { type Key, useInput, usePaste, useStdin } from "ink";
import { type Action, actionOf, type Screen } from "./keys.ts";

/** More characters at once than a held key sends between two reads. */
const MAX_KEYS_AT_ONCE = 32;

/** Control characters of keys that have a name. */
const NAMED_KEYS: Record<string, Partial<Key>> = {
  "\t": { tab: true },
  "\r": { return: true },
  "\u007f": { backspace: true },
};

/** Calls `onAction` for every key press that means something on the screen; does nothing where keys cannot be read. */
export function useActions(screen: Screen, onAction: (action: Action) => void): void {
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      for (const [character, pressed] of splitKeys(input, key)) {
        const action = actionOf(character, pressed, screen);
        if (action) onAction(action);
      }
    },
    { isActive: isRawModeSupported },
  );
  // Pasted text is no command.
  usePaste(() => {}, { isActive: isRawModeSupported });
}

/** Keys pressed quickly, or over a slow line, arrive as one piece of input. */
function splitKeys(input: string, key: Key): [string, Key][] {
  if (input.length <= 1) return [[input, key]];
  return [...input]
    .slice(0, MAX_KEYS_AT_ONCE)
    .map((character) => [NAMED_KEYS[character] ? "" : character, { ...key, ...NAMED_KEYS[character] }]);
}
