/** The world together with those who act in it. Who judges needs none of them. */
import type { SimulatedClient } from "./simulatedClient.ts";
import type { Wire } from "./wire.ts";
import type { World } from "./world.ts";

export interface Scene extends World {
  readonly clients: SimulatedClient[];
  /** Connections their clients gave up; they may still report something. */
  readonly abandoned: Wire<SimulatedClient>[];
}
