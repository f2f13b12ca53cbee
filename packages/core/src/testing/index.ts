/** What tests of the core, and of servers that embed it, are made of. */
export { createFakeSocket, type FakeSocket } from "./fakeSocket.ts";
export { sampleEnded, sampleOpened } from "./samples.ts";
export { createSeededRandom, type SeededRandom } from "./seededRandom.ts";
export { createVirtualClock, settle, type VirtualClock } from "./virtualClock.ts";
