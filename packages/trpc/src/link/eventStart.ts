/** What the frames of a subscription to the events begin with. Most clients number it alike, and their connections share it. */
import { Frame } from "../socket/frame.ts";
import type { Envelope } from "./messages.ts";

/** Ids below this are shared. */
const SHARED_IDS = 256;

export class EventStart {
  readonly text: string;
  /** The answer to the subscription. */
  readonly started: Frame;
  /** The starts of a connection that has no other. */
  readonly alone: readonly EventStart[];

  constructor(text: string) {
    this.text = text;
    this.started = new Frame(`${text}"result":{"type":"started"}}`);
    this.alone = [this];
  }
}

const plain: (EventStart | undefined)[] = [];
const withVersion: (EventStart | undefined)[] = [];

export function eventStart(envelope: Envelope): EventStart {
  const { id, jsonrpc } = envelope;
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= SHARED_IDS) return new EventStart(startOf(envelope));
  const shared = jsonrpc === undefined ? plain : withVersion;
  shared[id] ??= new EventStart(startOf(envelope));
  return shared[id];
}

/** What every frame that answers this message begins with. */
export function startOf({ id, jsonrpc }: Envelope): string {
  return jsonrpc === undefined ? `{"id":${JSON.stringify(id)},` : `{"id":${JSON.stringify(id)},"jsonrpc":"2.0",`;
}
