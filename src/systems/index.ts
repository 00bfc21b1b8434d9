import type { SystemDependencies } from "./dependencies.ts";
import { createRecommendationSystem } from "./recommendations/system.ts";

/** Every system of the house: a sixth one is a folder and a line here. */
export async function createSystems(deps: SystemDependencies) {
  return { recommendations: await createRecommendationSystem(deps) };
}
