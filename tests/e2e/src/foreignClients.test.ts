/** Clients that nobody here wrote recover from whatever happens to a server and a network, and stay away when told to. */

import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { ForeignClient, noPythonWebsockets, type Place } from "./harness/foreignClient.ts";
import { Cable, noNamespaces } from "./harness/netns.ts";
import { Server } from "./harness/server.ts";

/** Against hanging only: a loaded machine takes its time to start a server, and back-off grows meanwhile. */
const BACK_MS = 90_000;
const TEST_MS = 400_000;

async function operated(server: Server): Promise<Server> {
  await server.signIn();
  return server;
}

const sessionOf = ({ server, name }: Place) => eventually(() => server.sessionOf(name), { withinMs: BACK_MS });

/** Its session, once that is another than before and has answered heartbeats. */
function another(place: Place, than: string) {
  return eventually(
    async () => {
      const session = await place.server.sessionOf(place.name);
      expect(session.id).not.toBe(than);
      expect(session.beats.filter((roundTripMs) => roundTripMs !== null).length).toBeGreaterThan(1);
      return session;
    },
    { withinMs: BACK_MS },
  );
}

const kinds: [string, (place: Place) => ForeignClient, string | null][] = [
  ["Python's websockets", ForeignClient.python, noPythonWebsockets()],
  ["tRPC's stock client", ForeignClient.stock, null],
];

describe.each(kinds)("%s, from PROTOCOL.md alone,", (_, start, missing) => {
  // Where it can be installed, its absence is a failure.
  const possible = test.skipIf(missing !== null && !process.env.CI);

  possible(
    "CLT3 comes back after a restart and after kill -9, and its session works",
    async () => {
      await using server = await operated(await Server.start());
      const place = { server, name: "Fay Foreign" };
      await using client = start(place);
      const first = await sessionOf(place);
      await server.stop();
      await server.startAgain();
      await operated(server);
      const second = await another(place, first.id);
      await server.kill();
      await server.startAgain();
      await operated(server);
      const third = await another(place, second.id);
      expect(third.room).toBe("general");
      const { rows } = await server.ends(`?user=${encodeURIComponent(place.name)}`);
      expect(rows.map(({ sessionId, reason }) => [sessionId, reason])).toEqual([
        [second.id, "server_crashed"],
        [first.id, "server_shutdown"],
      ]);
      expect(client.output).toContain(third.id);
    },
    TEST_MS,
  );

  possible(
    "CLT1 stays away when an operator has ended its session",
    async () => {
      await using server = await operated(await Server.start());
      const place = { server, name: "Otto Operated" };
      await using client = start(place);
      const { id } = await sessionOf(place);
      await server.api.sessions.end.mutate({ id });
      await client.left();
      expect(await server.sessions()).toEqual([]);
      expect((await server.ends()).rows.map(({ reason }) => reason)).toEqual(["ended_by_operator"]);
    },
    TEST_MS,
  );

  test.skipIf(noNamespaces() !== null || (missing !== null && !process.env.CI))(
    "SES5 resumes its session after the network was cut, with nobody told",
    async () => {
      using cable = new Cable();
      const settings = { resumeGraceMs: 120_000 };
      await using server = await operated(await Server.start({ host: cable.address, settings }));
      const place = { server, name: "Nora Network", cable };
      await using client = start(place);
      const { id } = await sessionOf(place);
      // The server knows of a session before its client does, and one that was never welcomed has nothing to resume with.
      await eventually(() => expect(client.output).toContain(id), { withinMs: BACK_MS });
      cable.cut();
      await eventually(async () => expect(await server.sessionOf(place.name)).toMatchObject({ id, state: "suspended" }), {
        withinMs: BACK_MS,
      });
      cable.mend();
      await eventually(async () => expect(await server.sessionOf(place.name)).toMatchObject({ id, state: "active" }), {
        withinMs: BACK_MS,
      });
      await eventually(() => expect(client.output).toMatch(/"resumed": ?true/));
      expect((await server.ends()).total).toBe(0);
    },
    TEST_MS,
  );
});
