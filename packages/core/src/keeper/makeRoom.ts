/** Makes room for a newcomer among the connections that wait for their hello, so that no address takes all of it (rule SES1). */

import { addressGroup, FAIR_WAIT_MS, givesWay, isLimited } from "../rules/admission.ts";
import type { Engine } from "./engine.ts";
import type { SessionRecord } from "./record.ts";
import { refuseOpening } from "./refusal.ts";

/** @returns `false` when there is no room and nobody gives way. */
export function makeRoom(engine: Engine, address: string): boolean {
  const { openings } = engine.registry;
  const { maxOpening, maxOpeningPerAddress } = engine.settings;
  const mayHave = maxOpeningPerAddress > 0 && isLimited(address) ? maxOpeningPerAddress : Number.POSITIVE_INFINITY;
  const { silent } = openings;
  const waiting = {
    total: openings.size,
    here: openings.countOf(address),
    silentHere: silent.countOf(addressGroup(address)),
    silentMost: silent.largest.count,
  };
  switch (givesWay(waiting, { maxOpening, mayHave })) {
    case "nobody":
      return true;
    case "most":
      return turnAway(engine, silent.oldest(silent.largest.name), 0);
    case "here":
      return turnAway(engine, silent.oldest(addressGroup(address)), FAIR_WAIT_MS);
    case "oldest":
      return turnAway(engine, silent.oldest(), FAIR_WAIT_MS);
  }
}

/** `false` when it has not waited for so long. */
function turnAway(engine: Engine, record: SessionRecord | undefined, afterMs: number): boolean {
  if (record === undefined || engine.observed.nowMs - record.openedMs < afterMs) return false;
  const detail = "others came while it said no hello";
  refuseOpening(engine, record, { cause: "openings", reason: "server_full", detail });
  return true;
}
