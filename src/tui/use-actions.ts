import { useInput, useStdin } from "ink";
import { type Action, actionOf, type Screen } from "./keys.ts";

/** Calls `onAction` for every key press that means something on the screen; does nothing where keys cannot be read. */
export function useActions(screen: Screen, onAction: (action: Action) => void): void {
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      const action = actionOf(input, key, screen);
      if (action) onAction(action);
    },
    { isActive: isRawModeSupported },
  );
}
