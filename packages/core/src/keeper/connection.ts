/** One socket. Receives the transport's reports and applies them to the session that the socket currently serves. */

import type { Disposer } from "../ports/clock.ts";
import type { Peer, SessionSocket } from "../ports/socket.ts";
import { causeOf } from "../ports/thrown.ts";
import { isAnswerToOurClose } from "../protocol/close.ts";
import type { Notice } from "../protocol/notice.ts";
import { NONE } from "../rules/heartbeat.ts";
import { lossByClose, lossByError, type SocketLoss } from "../rules/socketLoss.ts";
import { lateSignOfLife, signOfLife, slowConsumerCheck } from "./beats.ts";
import type { Engine } from "./engine.ts";
import { handleHello } from "./hello.ts";
import { lose } from "./lifecycle.ts";
import type { Active, SessionLink, SessionRecord } from "./record.ts";
import type { Connection, Hello, HelloResult, Session } from "./types.ts";

/** How long a client has to answer our close frame before the connection is dropped, milliseconds of observed time. */
export const TERMINATE_AFTER_MS = 2_000;

const NOT_DROPPED: Disposer = () => {};

/**
 * It is the session's active state too, so that a beat reads one object instead of two.
 * Its own methods are `private` and not `#`, because a private method would cost every connection a field.
 */
export class ConnectionHandle implements Connection, SessionLink, Active {
  // First the fields that every heartbeat reads, so that they are adjacent in memory.
  #record: SessionRecord | null = null;
  #epoch = 0;
  /**
   * `closed`: the transport reported the socket gone, or we dropped it. While we are closing it, what keeps it from being dropped.
   */
  #phase: "open" | "closed" | Disposer = "open";
  sentMs = NONE;
  dueMs = 0;
  sentMonoMs = 0;
  misses = 0;
  readonly #engine: Engine;
  driven = false;
  renewals = 0;
  pauses = 0;
  limitMs = 0;
  readonly socket: SessionSocket;
  /** When something was last sent, as far as known; observed milliseconds. */
  lastSentMs = 0;
  transportAnswered = false;
  suspectMs = NONE;
  #address: string | null;

  constructor(engine: Engine, socket: SessionSocket, peer: Peer) {
    this.#engine = engine;
    this.socket = socket;
    this.#address = peer.address;
  }

  /** Makes this the session's current connection, under its own epoch. */
  serve(record: SessionRecord, epoch: number): void {
    this.#record = record;
    this.#epoch = epoch;
    this.lastSentMs = this.#engine.observed.nowMs;
  }

  activate({ driven, dueMs, pauses }: Pick<Active, "driven" | "dueMs" | "pauses">): Active {
    this.driven = driven;
    this.dueMs = dueMs;
    this.pauses = pauses;
    return this;
  }

  get name(): "active" {
    return "active";
  }

  get link(): SessionLink {
    return this;
  }

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  private get isClosed(): boolean {
    return this.#phase === "closed";
  }

  /** The session this connection serves; `null` once a newer connection has taken over (rule SES3). */
  private get current(): SessionRecord | null {
    return this.#record !== null && this.#record.epoch === this.#epoch ? this.#record : null;
  }

  get session(): Session | null {
    const record = this.current;
    return record === null || record.recorded === null || this.#phase !== "open" ? null : this.#engine.handleOf(record);
  }

  get peer(): Peer | null {
    return this.current?.peer ?? null;
  }

  hello(hello: Hello): Promise<HelloResult> {
    return Promise.resolve(handleHello(this.#engine, { link: this, record: this.current, hello }));
  }

  received(bytes: number): boolean {
    const record = this.current;
    if (record === null) return false;
    const { state } = record;
    switch (state.name) {
      case "active":
        if (this.#phase !== "open") return false;
        signOfLife(this.#engine, record, state);
        return true;
      case "opening":
        return this.#phase === "open" && this.countBeforeHello(state, bytes);
      case "suspended":
      case "ending":
      case "ended":
        lateSignOfLife(this.#engine, record);
        return false;
    }
  }

  ponged(): void {
    const state = this.current?.state;
    if (state?.name === "active" && state.misses > 0) state.transportAnswered = true;
  }

  sent(): void {
    this.lastSentMs = this.#engine.observed.nowMs;
    const record = this.current;
    if (record?.state.name === "active") slowConsumerCheck(this.#engine, record, record.state);
  }

  goodbye(): void {
    this.lost({ reason: "client_left", detail: "the client said goodbye" });
  }

  violated(detail: string): void {
    this.lost({ reason: "protocol_error", detail });
  }

  forbidden(detail: string): void {
    this.lost({ reason: "unauthorized", detail });
  }

  identifying(): void {
    const record = this.current;
    if (record === null) return;
    this.#engine.registry.openings.spare(record, Math.floor(this.#engine.settings.maxOpening / 2));
  }

  unidentified(detail: string): void {
    if (this.current?.state.name === "opening") this.lost({ reason: "server_full", detail });
  }

  closed(code: number, reason: string): void {
    if (this.#phase === "closed") return;
    this.gone();
    const state = this.current?.state;
    if (state?.name === "suspended" && isAnswerToOurClose(code, state.loss.reason)) return;
    this.lost(lossByClose(code, reason));
  }

  failed(error: unknown): void {
    this.lost(lossByError(error));
  }

  /** Sends a notice. If the socket throws, the connection is lost. */
  tell(notice: Notice): void {
    this.trySend((socket) => socket.notify(notice));
  }

  /** Sends through the socket. `false` when it is not open, or when it threw and the connection is lost. */
  trySend(send: (socket: SessionSocket) => unknown): boolean {
    if (this.#phase !== "open") return false;
    this.lastSentMs = this.#engine.observed.nowMs;
    try {
      const returned: unknown = send(this.socket);
      if (returned instanceof Promise) returned.catch((thrown: unknown) => this.broken("sending", thrown));
      return true;
    } catch (thrown) {
      this.broken("sending", thrown);
      return false;
    }
  }

  /** Bytes buffered for a slow reader. If the socket throws, the connection is lost; an invalid answer counts as 0. */
  waitingBytes(): number {
    try {
      const waiting: unknown = this.socket.bufferedBytes;
      if (typeof waiting === "number" && waiting >= 0) return waiting;
      this.#engine.guard.failed("socket.bufferedBytes", new TypeError("it is not a number of bytes"));
    } catch (thrown) {
      this.broken("reading its buffer size", thrown);
    }
    return 0;
  }

  /** Reads what a heartbeat is about to read, to bring it into the processor's cache. */
  lookAhead(): number {
    try {
      return this.socket.bufferedBytes;
    } catch {
      // `waitingBytes` reads it again in a moment and handles the error.
      return 0;
    }
  }

  /** Calls `farewell`, which must not throw, and drops the connection 2 s later if it is still open. Idempotent. */
  shut(farewell: () => void): void {
    if (this.#phase !== "open") return;
    this.#phase = NOT_DROPPED;
    farewell();
    const stop = this.#engine.closingSockets.add(this.#engine.observed.nowMs, () => {
      this.gone();
      this.#engine.guard.run("socket.terminate", () => this.socket.terminate());
    });
    // The farewell itself may have closed it.
    if (!this.isClosed) this.#phase = stop;
  }

  /** The socket threw: logs the failure and loses the connection. */
  private broken(doing: string, thrown: unknown): void {
    this.#engine.guard.failed(`a socket, ${doing},`, thrown);
    if (this.#phase === "open") this.lost({ reason: "connection_lost", detail: `${doing} failed: ${causeOf(thrown)}` });
  }

  private gone(): void {
    if (this.#phase === "closed") return;
    if (this.#phase !== "open") this.#phase();
    this.#phase = "closed";
    if (this.#address !== null) this.#engine.admission.disconnected(this.#address);
    this.#address = null;
  }

  private lost(loss: SocketLoss): void {
    const record = this.current;
    if (record !== null) lose(this.#engine, record, { ...loss, causeMs: this.#engine.observed.nowMs });
  }

  private countBeforeHello(state: { bytes: number; frames: number }, bytes: number): boolean {
    state.bytes += bytes;
    state.frames += 1;
    const { helloMaxBytes, helloMaxFrames } = this.#engine.settings;
    if (state.bytes <= helloMaxBytes && state.frames <= helloMaxFrames) return true;
    const detail = `more than ${helloMaxFrames} frames or ${helloMaxBytes} bytes before hello`;
    this.lost({ reason: "protocol_error", detail });
    return false;
  }
}
