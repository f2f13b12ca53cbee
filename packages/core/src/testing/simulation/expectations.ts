/** The expected outcome of a connection and of a hello, by the simulation's model. Pure. */
import type { Hello } from "../../keeper/types.ts";
import type { WireFacts } from "./sessionModel.ts";
import type { World } from "./world.ts";

/** `either`: it depends on whether the ledger recovers in time, or on an answer still in flight. */
export type HelloExpectation = "accept" | "resume" | "refuse" | "either";

/** The expected answer to a hello. */
export function expectHello(world: World, wire: WireFacts, { resume, kind }: Hello): HelloExpectation {
  const { model } = wire;
  if (model.phase !== "connecting" || wire.closedByServer || wire.gone) return "refuse";
  const target = resume === undefined ? undefined : world.sessions.get(resume.sessionId);
  if (resume !== undefined && (target?.phase === "open" || target?.phase === "suspended")) {
    if (target.token === null) return "either";
    return target.token === resume.token ? "resume" : "refuse";
  }
  if (world.sessions.has(model.id) || world.ledger.hasOpened(model.id)) return "refuse";
  if (world.closingDown) return "refuse";
  if (kind !== "admin" && !hasRoom(world)) return "refuse";
  if (world.mishaps.occur) return "either";
  if (world.ledger.condition === "well" || world.ledger.condition === "refusing") return "accept";
  // An operator's hello is not refused before it reaches the ledger, which then refuses it.
  return world.ledger.condition === "failing" && kind !== "admin" ? "refuse" : "either";
}

function hasRoom(world: World): boolean {
  if (world.engine.memoryLevel === "hard") return false;
  let users = 0;
  for (const model of world.models) if (model.takesPlace) users += 1;
  return users < world.settings.current.maxSessions;
}

/** Whether a connection may be refused before its hello. */
export function mayRefuse({ settings, engine, held, closingDown }: World, { address }: WireFacts): boolean {
  const { maxOpening, maxConnectionsPerAddress, connectionRatePerAddress } = settings.current;
  if (closingDown || engine.registry.waiting >= maxOpening) return true;
  if (maxConnectionsPerAddress > 0 && (held.get(address) ?? 0) >= maxConnectionsPerAddress) return true;
  return connectionRatePerAddress > 0;
}
