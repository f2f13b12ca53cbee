/** The world with its clients. The checks need only `World`. */
import type { SimulatedClient } from "./simulatedClient.ts";
import type { Wire } from "./wire.ts";
import type { World } from "./world.ts";

export interface Scene extends World {
  readonly clients: SimulatedClient[];
  /** Connections that their clients gave up; they may still report something. */
  readonly abandoned: Wire<SimulatedClient>[];
}
