/** What an operator does to a keeper as a whole, also from within a listener. */
import { drawSettings } from "./plan.ts";
import type { World } from "./world.ts";

/** Puts other settings into force. */
export function changeSettings(world: World): string {
  const { keeper, engine, random, plan, settings, counts } = world;
  const next = drawSettings(random, plan);
  // First the books: the keeper's sessions are told under the new settings.
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
