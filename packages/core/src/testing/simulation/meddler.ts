/** A badly behaved application: calls the keeper from within listeners and disposers, and throws in them. */
import type { KeeperEvents, Session } from "../../keeper/types.ts";
import type { Disposer } from "../../ports/clock.ts";
import { someoneAway } from "./choice.ts";
import type { Oracle } from "./oracle.ts";
import type { Scene } from "./scene.ts";
import { changeSettings, closeKeeper } from "./serverActs.ts";
import type { SessionModel } from "./sessionModel.ts";
import { SimulatedResource } from "./simulatedResource.ts";
import type { World } from "./world.ts";

const eventNames = [
  "opened",
  "attached",
  "suspect",
  "refuted",
  "suspended",
  "ending",
  "ended",
  "settings",
  "pause",
  "memory",
] as const satisfies readonly (keyof KeeperEvents)[];

/** Listens to every event, after the listeners that update the model. */
export function meddleOnEvents(world: Scene, oracle: Oracle): void {
  for (const event of eventNames) {
    resubscribeOnEveryEvent(world, event);
    world.keeper.on(event, (payload) => {
      const session = "session" in payload ? payload.session : null;
      if (event === "ending") world.endingsTold += 1;
      return meddle(world, oracle, session);
    });
  }
}

/** A listener that unsubscribes and resubscribes at each event, and must still receive each event once. */
function resubscribeOnEveryEvent(world: World, event: (typeof eventNames)[number]): void {
  let off: Disposer = () => {};
  const listen = () => {
    if (event === "ending") world.endingsToResubscriber += 1;
    off();
    off();
    off = world.keeper.on(event, listen);
  };
  off = world.keeper.on(event, listen);
}

/** Perhaps performs a random action on the keeper; perhaps throws or rejects afterwards. */
export function meddle(world: Scene, oracle: Oracle, session: Session | null): unknown {
  const { random, plan, counts, mishaps } = world;
  if (world.mishaps.isOver || !random.chance(plan.meddleRate)) return undefined;
  counts.meddlings += 1;
  random.pick(actions)(world, oracle, session);
  return mishaps.strike();
}

type Action = (world: Scene, oracle: Oracle, session: Session | null) => void;

const endTold: Action = (world, oracle, session) => {
  const model = session === null ? undefined : world.sessions.get(session.id);
  if (session === null) return;
  if (model !== undefined) endNow(oracle, model, session);
  else void session.end().catch(() => {});
};

const endAnother: Action = (world, oracle) => {
  const model = someModel(world);
  const session = model === null ? undefined : world.keeper.session(model.id);
  if (model !== null && session !== undefined) endNow(oracle, model, session);
};

const touchAnother: Action = (world, oracle) => {
  const model = someModel(world);
  const session = model === null ? undefined : world.keeper.session(model.id);
  if (model === null || session === undefined || isOver(session)) return;
  oracle.userActive(model);
  session.touch();
};

const giveTold: Action = (world, oracle, session) => {
  const model = session === null ? undefined : world.sessions.get(session.id);
  if (session !== null) ownSomething({ session, model: model ?? null }, world, oracle);
};

const workBriefly: Action = (world, oracle, session) => {
  if (session === null) return;
  const model = world.sessions.get(session.id);
  if (model !== undefined && !isOver(session)) oracle.userActive(model);
  session.busy("for a moment")[Symbol.dispose]();
};

const connect: Action = (world) => {
  if (!world.closingDown) someoneAway(world)?.connect();
};

const look: Action = ({ keeper }, _, session) => {
  keeper.stats();
  session?.snapshot();
  if (session !== null) keeper.explain(session.id);
};

const changeOrClose: Action = (world) => {
  // An end whose event is still queued was decided under the previous settings.
  if (world.closingDown || [...world.models].some(isAsked)) return;
  if (world.random.chance(0.02)) closeKeeper(world);
  else if (world.random.chance(0.2)) changeSettings(world);
};

const actions: readonly Action[] = [
  endTold,
  endTold,
  endAnother,
  touchAnother,
  giveTold,
  workBriefly,
  connect,
  look,
  changeOrClose,
];

const isAsked = ({ asked, phase }: SessionModel): boolean => asked && phase !== "ending" && phase !== "over";

const isOver = ({ state }: Session): boolean => state === "ending" || state === "ended";

function someModel({ random, models }: World): SessionModel | null {
  const live = [...models].filter(({ phase }) => phase === "recording" || phase === "open" || phase === "suspended");
  return live.length === 0 ? null : random.pick(live);
}

/** Ends a session from within a listener; its event is emitted after the current one is delivered. */
function endNow(oracle: Oracle, model: SessionModel, session: Session): void {
  if (!isOver(session)) model.asked = true;
  void session.end().catch(() => {});
  if (!isOver(session)) oracle.violated("SES2", `${model.id} was ended and goes on`);
}

interface Owner {
  readonly session: Session;
  /** `null` when the session is over; a resource is then released at once. */
  readonly model: SessionModel | null;
}

/** Gives a session a resource, whose release may in turn call the keeper. */
export function ownSomething({ session, model }: Owner, world: Scene, oracle: Oracle): void {
  const { network, random, resources } = world;
  const isOver = session.state === "ending" || session.state === "ended";
  const resource = new SimulatedResource(`${session.id}.${resources.length}`, {
    random,
    meddle() {
      const meddling = meddle(world, oracle, session);
      if (meddling instanceof Promise) meddling.catch(() => {});
    },
    later: (ms, callback) => {
      network.toServer(ms, () => {
        world.unsettled = true;
        callback();
      });
    },
    count: () => {
      world.releases += 1;
      return world.releases;
    },
    released({ name, released, givenUp }) {
      if (released > 1 || givenUp) oracle.violated("SES6", `${name} was released ${released} times, given up: ${givenUp}`);
    },
  });
  resources.push(resource);
  if (!isOver) model?.resources.push(resource);
  const giveUp = session.own(resource.name, resource.target, { bytes: random.int(1_000_000) });
  if (isOver && resource.begun === 0) oracle.violated("SES6", `${resource.name} was not released at once`);
  if (isOver || model === null || random.chance(0.7)) return;
  network.toServer(random.int(60_000), () => {
    if (model.phase !== "open" && model.phase !== "suspended") return;
    giveUp();
    resource.givenUp = true;
  });
}
