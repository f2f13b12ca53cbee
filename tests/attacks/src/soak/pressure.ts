/** A shortage of memory, made by an operator who lowers the limit for a moment. */
import { within } from "@lastbeat/support/eventually";
import { dialects } from "./dialect.ts";
import { type Place, saveSettings } from "./place.ts";
import { Visitor } from "./visitor.ts";

/** Evicted one after another, which takes as long as they are many. */
const VICTIMS = 8;
const EVICTION_MS = 60_000;
/** Of which any server uses more than all. */
const TINY_MIB = 16;

/** Lets sessions come, evicts all of them, and waits until the shortage counts as over. The last of them leaves its session suspended. */
export async function evictSome(place: Place): Promise<void> {
  const victims = await Promise.all(
    Array.from({ length: VICTIMS }, (_, at) => Visitor.open(place, dialects[at % 2] ?? dialects[0])),
  );
  await Promise.all(victims.map((victim) => victim.hello()));
  victims.at(-1)?.socket.terminate();
  await saveSettings(place, { memoryLimitBytes: TINY_MIB });
  await within(Promise.all(victims.map(({ closed }) => closed)), EVICTION_MS, "the eviction");
  await saveSettings(place, { memoryLimitBytes: 0 });
  await within(welcomed(place), EVICTION_MS, "the end of the shortage");
}

/** Resolves once the server lets sessions in again. */
async function welcomed(place: Place): Promise<void> {
  for (;;) {
    using visitor = await Visitor.open(place, dialects[0]);
    const isIn = await visitor.hello().then(
      () => true,
      () => false,
    );
    visitor.socket.close(1_000);
    await visitor.closed;
    if (isIn) return;
  }
}
