/** Test helpers for the core and for servers that embed it. */
export { createFakeSocket, type FakeSocket } from "./fakeSocket.ts";
export { sampleEnded, sampleOpened } from "./samples.ts";
export { createSeededRandom, type SeededRandom } from "./seededRandom.ts";
export { createVirtualClock, settle, type VirtualClock } from "./virtualClock.ts";
