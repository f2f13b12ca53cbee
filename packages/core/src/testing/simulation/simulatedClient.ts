/** A user with a browser: connects, sends a hello, answers, disconnects in every possible way, and reconnects. */
import type { Hello } from "../../keeper/types.ts";
import type { SessionKind } from "../../ports/ledger.ts";
import type { Notice } from "../../protocol/notice.ts";
import type { Oracle } from "./oracle.ts";
import { type Claim, SessionModel } from "./sessionModel.ts";
import { Wire, type WireClient } from "./wire.ts";
import type { World } from "./world.ts";

/** How a connection begins: `mute` sends no hello, `noisy` exceeds the limits before its hello, `wrong` breaks the protocol. */
export type Opening = "polite" | "mute" | "noisy" | "wrong";

export interface ConnectOptions {
  readonly opening?: Opening;
  /** Resumes its latest session. */
  readonly claim?: Claim | null;
  /** Requests this session id instead of its own. */
  readonly sessionId?: string;
}

export class SimulatedClient implements WireClient {
  readonly name: string;
  readonly address: string;
  readonly kind: SessionKind;
  /** One-way latency, milliseconds. */
  readonly wayMs: number;
  /** Its newest connection. */
  wire: Wire<SimulatedClient> | null = null;
  /** Its claim to its latest session. */
  claim: Claim | null = null;
  readonly #world: World;
  readonly #oracle: Oracle;
  #connections = 0;

  constructor(world: World, oracle: Oracle, index: number) {
    const { random, plan } = world;
    this.#world = world;
    this.#oracle = oracle;
    this.name = `client_${index}`;
    this.address = `192.0.2.${random.int(plan.addresses)}`;
    this.kind = random.chance(plan.adminShare) ? "admin" : "user";
    this.wayMs = random.int(plan.longestWayMs + 1);
  }

  connect({ opening = "polite", claim = null, sessionId }: ConnectOptions = {}): void {
    const { keeper, engine, models, settings } = this.#world;
    this.#connections += 1;
    const id = sessionId ?? `${this.name}_${this.#connections}`;
    const wire = new Wire<SimulatedClient>(this.#world, this.#oracle, this);
    const { helloTimeoutMs } = settings.current;
    const model = new SessionModel({
      id,
      kind: this.kind,
      user: this.name,
      nowMs: engine.observed.nowMs,
      helloTimeoutMs,
      wire,
    });
    wire.model = model;
    const peer = { address: this.address, client: "simulated", transport: "simulated" };
    const connection = keeper.accept(wire, peer, { sessionId: id });
    if (connection === null) return this.#oracle.turnedAway(wire);
    wire.connection = connection;
    models.add(model);
    this.#oracle.accepted(wire);
    this.wire = wire;
    this.#begin(wire, opening, claim);
  }

  /** Sends a hello, which may not be the first on this connection. */
  sayHello(wire: Wire, claim: Claim | null): void {
    const hello: Hello = {
      user: this.name,
      room: "room",
      kind: this.kind,
      beats: wire.driven ? "client" : "server",
      ...(claim === null ? {} : { resume: claim }),
    };
    wire.toServer(() => this.#oracle.hello(wire, hello));
  }

  /** Closes the connection with a close frame. */
  leave(wire: Wire, code: number): void {
    this.#detach(wire);
    wire.report(() => this.#oracle.closed(wire, code));
  }

  /** Drops the connection without a close frame: FIN, or RST with an error first. */
  drop(wire: Wire, { reset }: { readonly reset: boolean }): void {
    this.#detach(wire);
    if (reset) wire.report(() => this.#oracle.failed(wire));
    wire.report(() => this.#oracle.closed(wire, 1006));
  }

  /** Gives up the connection without telling the server. */
  abandon(wire: Wire): void {
    wire.condition = "cut";
    wire.ill = true;
    if (this.wire === wire) this.wire = null;
  }

  /** The server closed the connection. */
  wasClosed(wire: Wire, farewell: Extract<Notice, { type: "ending" }> | null): void {
    if (wire.closedByClient) return;
    this.#detach(wire);
    if (!wire.isRefused) wire.report(() => this.#oracle.closed(wire, farewell?.code ?? 1000));
    const { random } = this.#world;
    if (this.wire === null && farewell?.retry === true && random.chance(0.8)) this.comeBack(farewell.retryAfterMs);
  }

  /** Reconnects after a delay, unless it is connected by then. */
  comeBack(afterMs: number): void {
    const { network, random } = this.#world;
    network.toServer(afterMs, () => {
      if (this.wire === null && !this.#world.closingDown) this.connect({ claim: random.chance(0.8) ? this.claim : null });
    });
  }

  #begin(wire: Wire, opening: Opening, claim: Claim | null): void {
    if (opening === "mute") return;
    if (opening === "wrong") return wire.report(() => this.#oracle.violatedByClient(wire));
    if (opening === "noisy") {
      for (let frame = 0; frame < 6; frame += 1) wire.toServer(() => this.#oracle.received(wire, 300, "nothing"));
      return;
    }
    this.sayHello(wire, claim);
  }

  #detach(wire: Wire): void {
    wire.closedByClient = true;
    if (this.wire === wire) this.wire = null;
  }
}
