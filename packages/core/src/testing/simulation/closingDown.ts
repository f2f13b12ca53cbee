/** The end of a run: closes the keeper in the middle of everything, and checks that nothing is left. */
import { settle } from "../virtualClock.ts";
import type { Oracle } from "./oracle.ts";
import { closeKeeper } from "./serverActs.ts";
import type { Violation, World } from "./world.ts";

/** The longest a close may take once the ledger has recovered, if every resource of the largest session hangs. Milliseconds. */
const PATIENCE_MS = 600_000;

/**
 * Closes the keeper and checks that it leaves nothing behind. Operations continue for a while, by `step`; then all faults stop.
 * `check` compares the keeper with the model.
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
  // Late reports from clients must have no effect.
  clock.advance(PATIENCE_MS);
  network.deliver();
  await settle();
  const objection = leftBehind(world) ?? unreleasedResource(world) ?? missedEvents(world);
  if (objection !== null) oracle.violated(objection.rule, objection.what);
  if (oracle.violation !== null) check();
}

/** Every resource must have been released, unless its owner gave it up. */
function unreleasedResource({ resources }: World): Violation | null {
  const held = resources.find(({ begun, givenUp }) => begun === 0 && !givenUp);
  return held === undefined ? null : { rule: "SES6", what: `${held.name} was never released` };
}

function missedEvents({ endingsTold, endingsToResubscriber }: World): Violation | null {
  if (endingsTold === endingsToResubscriber) return null;
  return {
    rule: "SES8",
    what: `one listener heard ${endingsTold} ends, one that unsubscribes and resubscribes ${endingsToResubscriber}`,
  };
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
    "releases of refused sessions": engine.releasing.size,
    // An end that was given up may have been written although its last answer was lost; its row is closed then.
    "open rows of the ledger": ledger.open.size + ledger.unanswered.size - unrecorded.size,
  };
  for (const [what, count] of Object.entries(counts)) {
    if (count !== 0) return { rule: "SES7", what: `${count} ${what} are left after the close` };
  }
  return null;
}
