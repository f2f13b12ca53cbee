/** One connection: the server's end is the port the keeper is given, the other end is in the hands of a simulated client. */
import type { Connection } from "../../keeper/types.ts";
import type { Notice } from "../../protocol/notice.ts";
import { Mishap } from "./mishaps.ts";
import type { Oracle } from "./oracle.ts";
import type { Claim, SentBeat, SessionModel, WireCondition, WireFacts } from "./sessionModel.ts";
import type { World } from "./world.ts";

const HEARTBEAT_BYTES = 4;
/** A pause in the history of beats. */
const PAUSE = -2;

/** The other end of a connection. */
export interface WireClient {
  readonly name: string;
  readonly address: string;
  readonly wayMs: number;
  claim: Claim | null;
  wasClosed(wire: Wire, farewell: Extract<Notice, { type: "ending" }> | null): void;
}

export class Wire<C extends WireClient = WireClient> implements WireFacts {
  readonly client: C;
  readonly address: string;
  readonly #world: World;
  readonly #oracle: Oracle;
  /** Never set when the keeper refused the socket. */
  connection!: Connection;
  isRefused = false;
  /** The session it is in charge of, or was. */
  model!: SessionModel;
  condition: WireCondition = "well";
  /** Something happened to it that excuses missing heartbeats, until the next sign of life. */
  ill = false;
  /** Probability that an answer gets lost in the client's own process. */
  lossRate = 0;
  /** When set, every send throws it. */
  broken: Error | null = null;
  /** What waits for the client, bytes. */
  waiting = 0;
  /** The code of the server's close frame; 0 before it. */
  sentCode = 0;
  beat: SentBeat | null = null;
  /** When something was sent last, observed milliseconds. */
  sentMs = 0;
  /** Beats that were sent instead of one that a pause excused, since the latest sign of life. */
  renewals = 0;
  /** The transport answered a ping since the first miss. */
  transportAnswered = false;
  closedByServer = false;
  closedByClient = false;
  /** The keeper knows that the socket is gone. */
  gone = false;
  #farewell: Extract<Notice, { type: "ending" }> | null = null;
  #heartbeatsHeld = 0;
  #pingsHeld = 0;

  constructor(world: World, oracle: Oracle, client: C) {
    this.#world = world;
    this.#oracle = oracle;
    this.client = client;
    this.address = client.address;
  }

  // Some sockets are written as `async`, although nobody waits for them.

  heartbeat(): unknown {
    this.#oracle.beatSent(this);
    this.#take(HEARTBEAT_BYTES);
    if (this.condition === "cut") this.#heartbeatsHeld += 1;
    else this.#toClient(() => this.#heartbeatCame());
    return this.#breakLater();
  }

  ping(): unknown {
    this.#take(2);
    if (this.condition === "cut" || this.condition === "unread") this.#pingsHeld += 1;
    else this.#toClient(() => this.#pingCame());
    return this.#breakLater();
  }

  /** Its answer is nobody's business but the transport's. */
  keepOpen(): unknown {
    this.#oracle.keptOpen(this);
    this.#take(2);
    return this.#breakLater();
  }

  notify(notice: Notice): unknown {
    if (notice.type === "paused") this.model.keepBeat(PAUSE);
    this.#take(100);
    if (notice.type === "ending") this.#farewell = notice;
    if (notice.type === "idle_warning") this.#oracle.idleWarned(this, notice.endsInMs);
    return this.#breakLater();
  }

  close(code: number): unknown {
    this.closedByServer = true;
    this.sentCode = code;
    this.#oracle.closedByServer(this);
    if (this.condition === "well") this.#toClient(() => this.client.wasClosed(this, this.#farewell));
    return this.#world.mishaps.strike();
  }

  terminate(): unknown {
    this.closedByServer = true;
    this.#oracle.socketGone(this);
    this.#world.network.toServer(0, () => this.connection.closed(1006, ""));
    return this.#world.mishaps.strike();
  }

  get bufferedBytes(): number {
    try {
      return this.#world.mishaps.spoil(this.waiting, [Number.NaN, -1, "much", undefined]);
    } catch (thrown) {
      this.broken = thrown as Error;
      throw thrown;
    }
  }

  /** The application sends something. */
  sendData(bytes: number): void {
    if (this.broken !== null) return this.#oracle.failed(this);
    this.sentMs = this.#oracle.nowMs;
    if (this.condition === "cut" || this.condition === "unread") this.waiting += bytes;
    this.connection.sent();
    this.#oracle.dataSent(this);
  }

  /** Something the client does reaches the server after the way there, unless the way is cut. */
  toServer(deliver: () => void): void {
    if (this.condition === "cut") return;
    this.#world.network.toServer(this.client.wayMs, deliver);
  }

  /** The same, and perhaps it is reported once more, later and out of order. */
  report(deliver: () => void): void {
    this.toServer(deliver);
    const { network, random, plan } = this.#world;
    if (random.chance(plan.duplicateRate)) network.toServer(this.client.wayMs + random.int(5_000), deliver);
  }

  /** The client answers what waited for it. */
  recover(): void {
    this.condition = "well";
    this.lossRate = 0;
    this.waiting = 0;
    for (; this.#pingsHeld > 0; this.#pingsHeld -= 1) this.#pingCame();
    for (; this.#heartbeatsHeld > 0; this.#heartbeatsHeld -= 1) this.#answer();
    if (this.closedByServer) this.#toClient(() => this.client.wasClosed(this, this.#farewell));
  }

  #take(bytes: number): void {
    this.sentMs = this.#oracle.nowMs;
    if (this.#world.mishaps.happens()) this.broken = new Mishap();
    if (this.broken !== null) throw this.broken;
    if (this.condition === "cut" || this.condition === "unread") this.waiting += bytes;
  }

  /** Perhaps it turns out afterwards that the socket could not take what was sent. */
  #breakLater(): Promise<never> | undefined {
    if (!this.#world.mishaps.happens()) return undefined;
    this.broken = new Mishap();
    this.#world.unsettled = true;
    return Promise.reject(this.broken);
  }

  #toClient(deliver: () => void): void {
    this.#world.network.toClient(this.client.wayMs, deliver);
  }

  #heartbeatCame(): void {
    if (this.closedByClient) return;
    if (this.condition === "well") this.#answer();
    else this.#heartbeatsHeld += 1;
  }

  #pingCame(): void {
    if (this.condition === "cut" || this.condition === "unread") this.#pingsHeld += 1;
    else if (!this.closedByClient) this.report(() => this.#oracle.ponged(this));
  }

  #answer(): void {
    if (this.#world.random.chance(this.lossRate)) this.ill = true;
    else this.report(() => this.#oracle.received(this, HEARTBEAT_BYTES, "nothing"));
  }
}
