/** The end of a run: the keeper is closed with whatever is still going on, and nothing may be left. */
import { settle } from "../virtualClock.ts";
import type { Oracle } from "./oracle.ts";
import { closeKeeper } from "./serverActs.ts";
import type { Violation, World } from "./world.ts";

/** Longest time a close may take once the ledger is well again: every resource of the fullest session hangs. Milliseconds. */
const PATIENCE_MS = 600_000;

/**
 * Closes the keeper and checks that it leaves nothing behind. For a while everything goes on happening, by `step`, then all is well;
 * `check` compares the books.
 */
export async function closeDown(
  world: World,
  oracle: Oracle,
  { step, check }: { readonly step: () => Promise<void>; readonly check: () => void },
): Promise<void> {
  const { clock, network, plan, ledger, random, mishaps } = world;
  closeKeeper(world);
  const recoverMs = clock.monotonicMs() + random.int(20_000);
  while (!world.isClosed && clock.monotonicMs() < recoverMs) await step();
  mishaps.isOver = true;
  ledger.recover();
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  while (!world.isClosed && clock.monotonicMs() < untilMs) {
    clock.advance(plan.tickMs);
    network.deliver();
    await settle();
    if (!world.isClosed) check();
  }
  if (!world.isClosed) oracle.violated("SES7", "the keeper does not close");
  // What their clients still report finds nobody.
  clock.advance(PATIENCE_MS);
  network.deliver();
  await settle();
  const objection = leftBehind(world) ?? leftHeld(world) ?? heardWrong(world);
  if (objection !== null) oracle.violated(objection.rule, objection.what);
  if (oracle.violation !== null) check();
}

/** Whatever was given to anybody was released, or its owner gave it up before. */
function leftHeld({ resources }: World): Violation | null {
  const held = resources.find(({ begun, givenUp }) => begun === 0 && !givenUp);
  return held === undefined ? null : { rule: "SES6", what: `${held.name} was never released` };
}

function heardWrong({ endingsTold, endingsHeardAnew }: World): Violation | null {
  if (endingsTold === endingsHeardAnew) return null;
  return { rule: "SES8", what: `one listener heard ${endingsTold} ends, one that comes and goes ${endingsHeardAnew}` };
}

function leftBehind({ clock, engine, ledger, unrecorded }: World): Violation | null {
  const { registry, wheel, admission, endings, closingSockets, history } = engine;
  const counts: Readonly<Record<string, number>> = {
    timers: clock.timers,
    sessions: registry.size,
    openings: registry.waiting,
    deadlines: wheel.size,
    addresses: admission.addresses,
    "ends waiting": endings.size,
    "sockets closing": closingSockets.size,
    "beat histories": history.inUse,
    "releases of what was refused": engine.releasing.size,
    // The last answer of an end that was given up may have got lost after it was written: then its row is closed.
    "open rows of the ledger": ledger.open.size + ledger.unanswered.size - unrecorded.size,
  };
  for (const [what, count] of Object.entries(counts)) {
    if (count !== 0) return { rule: "SES7", what: `${count} ${what} are left after the close` };
  }
  return null;
}
