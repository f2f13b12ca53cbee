/** A link that loses three packets of ten each way: being in a room must not cost anybody their session. */
import { expect, test } from "vitest";
import { LossyLink, noLossyLinks } from "./harness/lossyLink.ts";
import { PlainClients } from "./harness/plainClients.ts";
import { Server } from "./harness/server.ts";

const CLIENTS = 20;
const ROUND_MS = 90_000;
/** Among twenty, so many more ends in a round are chance; one round in some twenty has more, so a second and a third may speak too. */
const CHANCE = 5;
const ROUNDS = 3;

const obstacle = noLossyLinks();
if (obstacle !== null) console.warn(`No test of a lossy link here: ${obstacle}`);

test.skipIf(obstacle !== null)(
  "SOC5 with 30 % loss twenty in a room are ended no more often than twenty without one",
  async () => {
    using link = new LossyLink();
    // As the preset low-latency has them; nobody may end as idle meanwhile.
    const beats = { heartbeatIntervalMs: 5_000, heartbeatPongTimeoutMs: 3_000, heartbeatMaxFailures: 2 };
    const settings = { ...beats, sessionTimeoutMs: 600_000, resumeGraceMs: 0 };
    await using server = await Server.start({ host: link.address, settings });
    /** Ends in a room and without one, of as many clients, at the same time on the same link. */
    const round = async (number: number) => {
      const names = (room: string) => Array.from({ length: CLIENTS }, (_, i) => `user ${i} of round ${number}${room}`);
      await using alone = await PlainClients.json(server, names(""), link.prefix);
      await using inRoom = await PlainClients.json(server, names("@general"), link.prefix);
      link.lose(0.3);
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
      link.lose(0);
      const removed = server.logLines("Removed session ");
      const ended = ({ sessionIds }: PlainClients) => sessionIds.filter((id) => removed.some((line) => line.includes(id))).length;
      console.log(`ended of ${CLIENTS}: ${ended(inRoom)} in a room, ${ended(alone)} without one`);
      return ended(inRoom) - ended(alone);
    };
    let more = 0;
    let rounds = 0;
    do {
      rounds += 1;
      more += await round(rounds);
    } while (more > CHANCE * rounds && rounds < ROUNDS);
    expect(more / rounds).toBeLessThanOrEqual(CHANCE);
  },
  420_000,
);
