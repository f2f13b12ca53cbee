/** Operations on the keeper as a whole, which may also run within a listener. */
import { drawSettings } from "./plan.ts";
import type { World } from "./world.ts";

/** Applies new settings. */
export function changeSettings(world: World): string {
  const { keeper, engine, random, plan, settings, counts } = world;
  const next = drawSettings(random, plan);
  // The model is updated first, because the keeper notifies its sessions under the new settings.
  settings.change(engine.observed.nowMs, next);
  counts.settingsChanges += 1;
  keeper.applySettings(next, { revision: counts.settingsChanges, author: "simulation" });
  return `revision ${counts.settingsChanges}`;
}

/** Closes the keeper in the middle of everything. */
export function closeKeeper(world: World): string {
  world.closingDown = true;
  world.unsettled = true;
  void world.keeper.close().then(() => {
    world.isClosed = true;
  });
  return "";
}
