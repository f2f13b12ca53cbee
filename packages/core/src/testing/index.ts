/** What tests of the core, and of servers that embed it, are made of. */
export { createFakeSocket, type FakeSocket } from "./fakeSocket.ts";
export { createSeededRandom, type SeededRandom } from "./seededRandom.ts";
export { SimulationFailure, type SimulationOptions, type SimulationReport, simulate } from "./simulation.ts";
export { createVirtualClock, settle, type VirtualClock } from "./virtualClock.ts";
