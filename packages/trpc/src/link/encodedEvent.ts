/** An event serialised once, and framed once per wire form, however many sockets it goes to. */
import { Frame } from "../socket/frame.ts";

export class EncodedEvent {
  readonly json: string;
  #plain: Frame | null = null;
  #start = "";
  #answer: Frame | null = null;
  /** Answers to subscriptions whose frames start differently from the first one's. */
  #answers: Map<string, Frame> | null = null;

  constructor(json: string) {
    this.json = json;
  }

  /** The event by itself. */
  get frame(): Frame {
    this.#plain ??= new Frame(this.json);
    return this.#plain;
  }

  /** The event as data of the subscription whose frames start like this. Clients mostly choose the same id. */
  answerTo(start: string): Frame {
    if (this.#answer !== null) return this.#start === start ? this.#answer : this.#otherAnswer(start);
    this.#start = start;
    this.#answer = this.#answerTo(start);
    return this.#answer;
  }

  #otherAnswer(start: string): Frame {
    this.#answers ??= new Map();
    const known = this.#answers.get(start);
    if (known !== undefined) return known;
    const frame = this.#answerTo(start);
    this.#answers.set(start, frame);
    return frame;
  }

  #answerTo(start: string): Frame {
    return new Frame(`${start}"result":{"type":"data","data":${this.json}}}`);
  }
}
