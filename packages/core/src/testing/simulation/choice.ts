/** Draws the next operation and its subject. */
import type { Scene } from "./scene.ts";
import type { SimulatedClient } from "./simulatedClient.ts";
import type { Wire } from "./wire.ts";

/** A connection, with its client. */
export type ClientWire = Wire<SimulatedClient>;

export interface Operation {
  readonly name: string;
  /** Its frequency, relative to the others. */
  readonly weight: number;
  /** Runs it. Returns a short description of its subject, or `null` when there was none. */
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

/** A random client that is not connected; `null` if none was found in a few tries. */
export function someoneAway({ random, clients }: Scene): SimulatedClient | null {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const client = random.pick(clients);
    if (client.wire === null) return client;
  }
  return null;
}

/** A random client's newest connection that satisfies `isWanted`; `null` if none was found in a few tries. */
export function someWire({ random, clients }: Scene, isWanted: (wire: ClientWire) => boolean): ClientWire | null {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const { wire } = random.pick(clients);
    if (wire !== null && isWanted(wire)) return wire;
  }
  return null;
}

/** Whether a connection is its session's current one. */
export const isOpen = (wire: ClientWire): boolean =>
  wire.model.wire === wire && wire.model.phase === "open" && !wire.closedByServer;

/** Whether a connection is current and its client can act. */
export const isWell = (wire: ClientWire): boolean => isOpen(wire) && wire.condition === "well";

/** An operation on a random connection. */
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
