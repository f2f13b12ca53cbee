import { expect, test, vi } from "vitest";
import { scratch } from "../testing/scratchStore.ts";
import { ReaderThread } from "./readerThread.ts";

const stopped: unknown[] = [];
const loaded: unknown[] = [];
vi.mock("node:worker_threads", async (original) => {
  const threads = await original<typeof import("node:worker_threads")>();
  class Watched extends threads.Worker {
    constructor(...given: ConstructorParameters<typeof threads.Worker>) {
      super(...given);
      this.on("message", (message) => void loaded.push(message));
    }

    override terminate(): Promise<number> {
      stopped.push(...loaded);
      return super.terminate();
    }
  }
  return { ...threads, Worker: Watched };
});

test("a thread that is closed at once is stopped only when it has loaded SQLite, which else ends the process", async () => {
  await using place = scratch();
  await (await place.open()).close();
  stopped.length = 0;
  loaded.length = 0;
  await new ReaderThread({ file: place.file, queryLimitMs: 1_000, yields: false }).close();
  expect(stopped).toEqual([{ loaded: true }]);
});
