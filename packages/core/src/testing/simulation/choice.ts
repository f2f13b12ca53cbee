/** Choosing what to do next, and to whom. */
import type { Scene } from "./scene.ts";
import type { SimulatedClient } from "./simulatedClient.ts";
import type { Wire } from "./wire.ts";

/** A connection with the client that made it. */
export type ClientWire = Wire<SimulatedClient>;

export interface Operation {
  readonly name: string;
  /** How often it comes, relative to the others. */
  readonly weight: number;
  /** Does it; says in a few words to whom, or `null` when there was nobody to do it to. */
  readonly run: (world: Scene) => string | null;
}

const TRIES = 4;

/** Draws an operation by weight. */
export function pickOperation(world: Scene, operations: readonly Operation[], totalWeight: number): Operation {
  let left = world.random.float() * totalWeight;
  for (const operation of operations) {
    left -= operation.weight;
    if (left < 0) return operation;
  }
  return operations[operations.length - 1] as Operation;
}

/** A client that is not connected. */
export function someoneAway({ random, clients }: Scene): SimulatedClient | null {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const client = random.pick(clients);
    if (client.wire === null) return client;
  }
  return null;
}

/** A client's newest connection that is as wanted. */
export function someWire({ random, clients }: Scene, isWanted: (wire: ClientWire) => boolean): ClientWire | null {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const { wire } = random.pick(clients);
    if (wire !== null && isWanted(wire)) return wire;
  }
  return null;
}

/** A connection in charge of a session. */
export const isOpen = (wire: ClientWire): boolean =>
  wire.model.wire === wire && wire.model.phase === "open" && !wire.closedByServer;

/** One whose client can do something. */
export const isWell = (wire: ClientWire): boolean => isOpen(wire) && wire.condition === "well";

/** Does something to a connection, when there is one. */
export function toWire(
  isWanted: (wire: ClientWire) => boolean,
  act: (wire: ClientWire, world: Scene) => void,
): (world: Scene) => string | null {
  return (world) => {
    const wire = someWire(world, isWanted);
    if (wire === null) return null;
    act(wire, world);
    return `${wire.client.name} ${wire.model.id}`;
  };
}
