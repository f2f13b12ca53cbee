/** The end of a run: the keeper is closed with whatever is still going on, and nothing may be left. */
import { settle } from "../virtualClock.ts";
import type { Oracle } from "./oracle.ts";
import type { Objection } from "./verdicts.ts";
import type { World } from "./world.ts";

/** Longest time a close may take once the ledger is well again: every resource of the fullest session hangs. Milliseconds. */
const PATIENCE_MS = 600_000;

/** Closes the keeper and checks that it leaves nothing behind; `check` compares the books after every step. */
export async function closeDown(world: World, oracle: Oracle, check: () => void): Promise<void> {
  const { keeper, clock, network, plan, ledger, random } = world;
  world.closingDown = true;
  let isClosed = false;
  void keeper.close().then(() => {
    isClosed = true;
  });
  const recoverMs = clock.monotonicMs() + random.int(20_000);
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  while (!isClosed && clock.monotonicMs() < untilMs) {
    if (clock.monotonicMs() >= recoverMs) ledger.recover();
    clock.advance(plan.tickMs);
    network.deliver();
    await settle();
    if (!isClosed) check();
  }
  if (!isClosed) oracle.violated("SES7", "the keeper does not close");
  // What their clients still report finds nobody.
  clock.advance(PATIENCE_MS);
  network.deliver();
  await settle();
  const objection = leftBehind(world);
  if (objection !== null) oracle.violated(objection.rule, objection.what);
  if (oracle.violation !== null) check();
}

function leftBehind({ clock, engine, ledger }: World): Objection | null {
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
    "open rows of the ledger": ledger.open.size,
  };
  for (const [what, count] of Object.entries(counts)) {
    if (count !== 0) return { rule: "SES7", what: `${count} ${what} are left after the close` };
  }
  return null;
}
