/** One connection: the server side implements the socket port, the other side belongs to a simulated client. */
import type { Connection } from "../../keeper/types.ts";
import type { Notice } from "../../protocol/notice.ts";
import { Mishap } from "./mishaps.ts";
import type { Oracle } from "./oracle.ts";
import { OwnBeats } from "./ownBeats.ts";
import type { Claim, SentBeat, SessionModel, WireCondition, WireFacts } from "./sessionModel.ts";
import type { World } from "./world.ts";

const HEARTBEAT_BYTES = 4;
/** A pause in the beat history. */
const PAUSE = -2;

/** The client side of a connection. */
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
  /** Not set if the keeper refused the socket. */
  connection!: Connection;
  isRefused = false;
  /** The session that it serves or served. */
  model!: SessionModel;
  condition: WireCondition = "well";
  /** Whether something excuses missing heartbeats until the next sign of life. */
  ill = false;
  /** Probability that an answer is lost within the client's process. */
  lossRate = 0;
  /** If set, every send throws it. */
  broken: Error | null = null;
  /** Bytes buffered for the client. */
  waiting = 0;
  /** The code of the server's close frame; 0 before that. */
  sentCode = 0;
  readonly driven: boolean;
  beat: SentBeat | null = null;
  /** When something was last sent, observed milliseconds. */
  sentMs = 0;
  /** Beats sent in place of one that a pause excused, since the latest sign of life. */
  renewals = 0;
  /** Whether the transport answered a ping since the first miss. */
  transportAnswered = false;
  closedByServer = false;
  closedByClient = false;
  /** Whether the keeper knows that the socket is gone. */
  gone = false;
  #ownBeats: OwnBeats | null = null;
  #farewell: Extract<Notice, { type: "ending" }> | null = null;
  #heartbeatsHeld = 0;
  #pingsHeld = 0;

  constructor(world: World, oracle: Oracle, client: C) {
    this.#world = world;
    this.#oracle = oracle;
    this.client = client;
    this.address = client.address;
    this.driven = world.drivers.chance(world.plan.drivenShare);
  }

  // The send methods may return a promise that rejects, as when an implementation is `async`.

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

  /** Not answered to the keeper: only the transport sees its pong. */
  keepOpen(): unknown {
    this.#oracle.keptOpen(this);
    this.#take(2);
    return this.#breakLater();
  }

  notify(notice: Notice): unknown {
    if (notice.type === "paused") this.model.keepBeat(PAUSE);
    this.#take(100);
    if (notice.type === "ending") this.#farewell = notice;
    if (notice.type === "terms") this.#toClient(() => this.#ownBeats?.retime(notice.heartbeat.intervalMs));
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
    // It never counted as held, and there is nobody to tell.
    if (this.isRefused) return this.#world.mishaps.strike();
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

  /** The client was welcomed. */
  welcomed(intervalMs: number): void {
    if (!this.driven) return;
    const { network, drivers: random } = this.#world;
    this.#ownBeats = new OwnBeats(intervalMs, { network, random, beat: () => this.#beatUnasked() });
  }

  /** The application sends data. */
  sendData(bytes: number): void {
    if (this.broken !== null) return this.#oracle.failed(this);
    this.sentMs = this.#oracle.nowMs;
    if (this.condition === "cut" || this.condition === "unread") this.waiting += bytes;
    this.connection.sent();
    this.#oracle.dataSent(this);
  }

  /** Delivers a client action to the server after the one-way latency, unless the connection is cut. */
  toServer(deliver: () => void): void {
    if (this.condition === "cut") return;
    this.#world.network.toServer(this.client.wayMs, deliver);
  }

  /** Like `toServer`, but perhaps also repeated later and out of order. */
  report(deliver: () => void): void {
    this.toServer(deliver);
    const { network, random, plan } = this.#world;
    if (random.chance(plan.duplicateRate)) network.toServer(this.client.wayMs + random.int(5_000), deliver);
  }

  /** The client recovers and answers everything pending. */
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

  /** Perhaps fails asynchronously after the send. */
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

  /** A page that does not run sends nothing, and goes on when it runs again. */
  #beatUnasked(): boolean {
    if (this.closedByClient || this.closedByServer || this.gone) return false;
    if (this.condition !== "well") return true;
    this.#world.counts.ownBeats += 1;
    this.report(() => this.#oracle.received(this, HEARTBEAT_BYTES, "nothing"));
    return true;
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
