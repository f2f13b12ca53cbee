/** An application that does to the keeper, while it is told something or releases something, whatever it should rather not. */
import type { KeeperEvents, Session } from "../../keeper/types.ts";
import type { Disposer } from "../../ports/clock.ts";
import { someoneAway } from "./choice.ts";
import type { Oracle } from "./oracle.ts";
import type { Scene } from "./scene.ts";
import { changeSettings, closeKeeper } from "./serverActs.ts";
import type { SessionModel } from "./sessionModel.ts";
import { SimulatedResource } from "./simulatedResource.ts";
import type { World } from "./world.ts";

const told = [
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

/** Listens to everything, after those who keep the books. */
export function meddleWhenTold(world: Scene, oracle: Oracle): void {
  for (const event of told) {
    listenAgainAndAgain(world, event);
    world.keeper.on(event, (payload) => {
      const session = "session" in payload ? payload.session : null;
      if (event === "ending") world.endingsTold += 1;
      return meddle(world, oracle, session);
    });
  }
}

/** Takes itself off and on again each time, and must hear each event once all the same. */
function listenAgainAndAgain(world: World, event: (typeof told)[number]): void {
  let off: Disposer = () => {};
  const listen = () => {
    if (event === "ending") world.endingsHeardAnew += 1;
    off();
    off();
    off = world.keeper.on(event, listen);
  };
  off = world.keeper.on(event, listen);
}

/** Perhaps does something out of place; perhaps throws or rejects after it. */
export function meddle(world: Scene, oracle: Oracle, session: Session | null): unknown {
  const { random, plan, counts, mishaps } = world;
  if (world.mishaps.isOver || !random.chance(plan.meddleRate)) return undefined;
  counts.meddlings += 1;
  random.pick(deeds)(world, oracle, session);
  return mishaps.strike();
}

type Deed = (world: Scene, oracle: Oracle, session: Session | null) => void;

const endTold: Deed = (world, oracle, session) => {
  const model = session === null ? undefined : world.sessions.get(session.id);
  if (session === null) return;
  if (model !== undefined) endNow(oracle, model, session);
  else void session.end().catch(() => {});
};

const endAnother: Deed = (world, oracle) => {
  const model = someModel(world);
  const session = model === null ? undefined : world.keeper.session(model.id);
  if (model !== null && session !== undefined) endNow(oracle, model, session);
};

const touchAnother: Deed = (world, oracle) => {
  const model = someModel(world);
  const session = model === null ? undefined : world.keeper.session(model.id);
  if (model === null || session === undefined || isOver(session)) return;
  oracle.userActive(model);
  session.touch();
};

const giveTold: Deed = (world, oracle, session) => {
  const model = session === null ? undefined : world.sessions.get(session.id);
  if (session !== null) ownSomething({ session, model: model ?? null }, world, oracle);
};

const workBriefly: Deed = (world, oracle, session) => {
  if (session === null) return;
  const model = world.sessions.get(session.id);
  if (model !== undefined && !isOver(session)) oracle.userActive(model);
  session.busy("for a moment")[Symbol.dispose]();
};

const connect: Deed = (world) => {
  if (!world.closingDown) someoneAway(world)?.connect();
};

const look: Deed = ({ keeper }, _, session) => {
  keeper.stats();
  session?.snapshot();
  if (session !== null) keeper.explain(session.id);
};

const changeOrClose: Deed = (world) => {
  // An end that is yet to be told of was decided under the settings before.
  if (world.closingDown || [...world.models].some(isAsked)) return;
  if (world.random.chance(0.02)) closeKeeper(world);
  else if (world.random.chance(0.2)) changeSettings(world);
};

const deeds: readonly Deed[] = [endTold, endTold, endAnother, touchAnother, giveTold, workBriefly, connect, look, changeOrClose];

const isAsked = ({ asked, phase }: SessionModel): boolean => asked && phase !== "ending" && phase !== "over";

const isOver = ({ state }: Session): boolean => state === "ending" || state === "ended";

function someModel({ random, models }: World): SessionModel | null {
  const live = [...models].filter(({ phase }) => phase === "recording" || phase === "open" || phase === "suspended");
  return live.length === 0 ? null : random.pick(live);
}

/** Ends a session from within; what is told of it comes when those who are being told are done. */
function endNow(oracle: Oracle, model: SessionModel, session: Session): void {
  if (!isOver(session)) model.asked = true;
  void session.end().catch(() => {});
  if (!isOver(session)) oracle.violated("SES2", `${model.id} was ended and goes on`);
}

interface Owner {
  readonly session: Session;
  /** `null` when the session is over: what it is given is released at once. */
  readonly model: SessionModel | null;
}

/** Gives a session something to own, whose release may meddle in its turn. */
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
