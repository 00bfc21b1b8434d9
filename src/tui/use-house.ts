import { useSyncExternalStore } from "react";
import type { House } from "./house.ts";
import type { HouseWatcher } from "./house-watcher.ts";

/** The newest picture of the house. */
export const useHouse = (watcher: HouseWatcher): House => useSyncExternalStore(watcher.subscribe, watcher.get);
