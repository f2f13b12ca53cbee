/** The operations of users and their networks. */

import { type ClientWire, isOpen, isWell, type Operation, someoneAway, someWire, toWire } from "./choice.ts";
import type { Oracle } from "./oracle.ts";
import type { Scene } from "./scene.ts";
import type { Opening } from "./simulatedClient.ts";

const CLOSE_CODES = [1000, 1001, 1005, 4321, 1002, 1009];

function arrive(opening: Opening): (world: Scene) => string | null {
  return (world) => {
    const client = someoneAway(world);
    if (client === null) return null;
    const claim = opening === "polite" && world.random.chance(0.6) ? client.claim : null;
    client.connect({ opening, claim });
    return `${client.name}${claim === null ? "" : ` claims ${claim.sessionId}`}`;
  };
}

/** Puts a connection into a bad condition that neither side reports. */
function fallIll(condition: ClientWire["condition"]): (world: Scene) => string | null {
  return toWire(isWell, (wire) => {
    wire.ill = true;
    wire.condition = condition;
  });
}

/** A client gives up a working connection and starts another. */
function abandon(world: Scene): string | null {
  const wire = someWire(world, isOpen);
  if (wire === null) return null;
  const { client } = wire;
  client.abandon(wire);
  world.abandoned.push(wire);
  client.comeBack(world.random.int(90_000));
  return `${client.name} ${wire.model.id}`;
}

/** Connects while its session is live over another connection. */
function secondTab(world: Scene): string | null {
  const wire = someWire(world, isOpen);
  if (wire === null) return null;
  const { client } = wire;
  world.abandoned.push(wire);
  client.connect({ claim: client.claim });
  return `${client.name} ${wire.model.id}`;
}

/** Claims another client's session, or asks for its id. */
function impostor(world: Scene): string | null {
  const client = someoneAway(world);
  const victim = someWire(world, isOpen);
  if (client === null || victim === null) return null;
  const sessionId = victim.model.id;
  const token = client.claim?.token ?? "not a token";
  if (world.random.chance(0.5)) client.connect({ claim: { sessionId, token } });
  else client.connect({ sessionId });
  return `${client.name} wants ${sessionId}`;
}

/** Most clients lose their connections at once and reconnect at once. */
function storm(world: Scene): string | null {
  let dropped = 0;
  for (const client of world.clients) {
    if (client.wire === null || world.random.chance(0.2)) continue;
    client.drop(client.wire, { reset: world.random.chance(0.3) });
    client.comeBack(world.random.int(2_000));
    dropped += 1;
  }
  return `${dropped} clients`;
}

function flood(world: Scene): string | null {
  const client = world.random.pick(world.clients);
  for (let count = 0; count < 10; count += 1) client.connect({ opening: world.random.pick(["mute", "polite", "noisy"]) });
  return client.name;
}

/** All client operations; their reports go through `oracle`. */
export function clientOperations(oracle: Oracle): Operation[] {
  const report = (isWanted: (wire: ClientWire) => boolean, deliver: (wire: ClientWire, world: Scene) => void) =>
    toWire(isWanted, (wire, world) => wire.report(() => deliver(wire, world)));
  return [
    { name: "arrives", weight: 14, run: arrive("polite") },
    { name: "connects and says nothing", weight: 0.7, run: arrive("mute") },
    { name: "sends too much before its hello", weight: 0.4, run: arrive("noisy") },
    { name: "breaks the protocol before its hello", weight: 0.3, run: arrive("wrong") },
    { name: "does something", weight: 34, run: report(isWell, (wire) => oracle.received(wire, 20, "activity")) },
    { name: "sends a frame", weight: 8, run: report(isWell, (wire) => oracle.received(wire, 4, "nothing")) },
    { name: "sends a pong", weight: 1, run: report(isWell, (wire) => oracle.ponged(wire)) },
    { name: "leaves", weight: 3, run: toWire(isWell, (wire, { random }) => wire.client.leave(wire, random.pick(CLOSE_CODES))) },
    { name: "says goodbye", weight: 1, run: report(isWell, (wire) => oracle.goodbye(wire)) },
    {
      name: "drops",
      weight: 3,
      run: toWire(isOpen, (wire, { random }) => wire.client.drop(wire, { reset: random.chance(0.4) })),
    },
    { name: "sends nonsense", weight: 0.5, run: report(isWell, (wire) => oracle.violatedByClient(wire)) },
    { name: "says hello again", weight: 0.4, run: toWire(isWell, (wire) => wire.client.sayHello(wire, wire.client.claim)) },
    { name: "freezes", weight: 2, run: fallIll("frozen") },
    { name: "is cut off", weight: 2, run: fallIll("cut") },
    { name: "reads no more", weight: 1.5, run: fallIll("unread") },
    { name: "loses answers", weight: 1, run: toWire(isWell, loseAnswers) },
    {
      name: "recovers",
      weight: 7,
      run: toWire(
        (wire) => wire.condition !== "well" || wire.lossRate > 0,
        (wire) => wire.recover(),
      ),
    },
    { name: "gives its connection up", weight: 2, run: abandon },
    { name: "connects once more", weight: 2, run: secondTab },
    { name: "is an impostor", weight: 1, run: impostor },
    { name: "of an abandoned connection is heard late", weight: 3, run: (world) => lateReport(world, oracle) },
    { name: "all reconnect", weight: 0.15, run: storm },
    { name: "floods", weight: 0.15, run: flood },
  ];
}

function loseAnswers(wire: ClientWire): void {
  wire.ill = true;
  wire.lossRate = 0.5;
}

/** A late report from a connection that its client gave up long ago. */
function lateReport(world: Scene, oracle: Oracle): string | null {
  const { abandoned, random } = world;
  if (abandoned.length === 0) return null;
  const [wire] = abandoned.splice(random.int(abandoned.length), 1) as [ClientWire];
  const reports = [
    () => oracle.closed(wire, random.pick([1006, 1001])),
    () => oracle.failed(wire),
    () => oracle.received(wire, 4, "nothing"),
    () => oracle.ponged(wire),
  ];
  random.pick(reports)();
  if (!wire.gone) abandoned.push(wire);
  return `${wire.client.name} ${wire.model.id}`;
}
