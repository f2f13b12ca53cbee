/** Frames: messages in fragments with control frames between, masked, and now and then against the rules of RFC 6455. */
import fc from "fast-check";
import { type FrameOptions, frame, opcodes } from "../harness/frames.ts";
import type { Known } from "./known.ts";
import { messages, type Protocol } from "./messages.ts";
import { type Mutation, mutated, seldom } from "./mutations.ts";
import { written } from "./writing.ts";

interface Bent {
  readonly reserved: number;
  readonly masked: boolean;
  readonly length: number | null;
}

interface Control {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

interface MessageStep {
  readonly message: unknown;
  readonly textMutations: readonly Mutation[];
  readonly opcode: number;
  /** Where the message is cut into fragments, as shares of its length. */
  readonly cuts: readonly number[];
  readonly between: readonly Control[];
  readonly mask: Uint8Array;
  readonly bent: Bent | null;
}

type Sent = MessageStep | { readonly control: Control } | { readonly text: string } | { readonly noise: Uint8Array };

/** What is sent at once, and whether an answer is waited for. */
export interface Step {
  readonly sent: Sent;
  readonly byteMutations: readonly Mutation[];
  readonly waits: boolean;
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 });

/** 0 for none. Codes that nobody may send are among them. */
const closeCode = fc.oneof(fc.constantFrom(1000, 1001, 1008, 3000, 4501, 4999), fc.nat(65_535));
const closePayload = fc.oneof(
  fc
    .tuple(closeCode, fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: "binary", maxLength: 30 })))
    .map(([code, reason]) => {
      return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
    }),
  bytes(5),
);

const pings: fc.Arbitrary<Control> = fc.record({
  opcode: fc.constantFrom(opcodes.ping, opcodes.pong),
  payload: fc.oneof({ weight: 20, arbitrary: bytes(125) }, { weight: 1, arbitrary: bytes(300) }),
});
const closes: fc.Arbitrary<Control> = fc.record({ opcode: fc.constant(opcodes.close), payload: closePayload });

const bent: fc.Arbitrary<Bent | null> = fc.oneof(
  { weight: 50, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.record({
      reserved: fc.nat(7),
      masked: fc.boolean(),
      length: fc.option(fc.oneof(fc.nat(300), fc.constantFrom(65_535, 65_536, 70_000, 2 ** 31, 2 ** 32, 2 ** 53 - 1))),
    }),
  },
);

/** Mostly whole; some in a few fragments, few in more than are allowed. */
const cuts = fc.oneof(
  { weight: 30, arbitrary: fc.constant([]) },
  { weight: 10, arbitrary: fc.array(share, { minLength: 1, maxLength: 8 }) },
  { weight: 1, arbitrary: fc.array(share, { minLength: 250, maxLength: 260, size: "max" }) },
);

export function messageStep(message: fc.Arbitrary<unknown>): fc.Arbitrary<MessageStep> {
  return fc.record({
    message,
    textMutations: seldom(12),
    opcode: fc.oneof(
      { weight: 60, arbitrary: fc.constant(opcodes.text) },
      { weight: 1, arbitrary: fc.constant(opcodes.binary) },
      { weight: 1, arbitrary: fc.nat(15) },
    ),
    cuts,
    between: fc.array(fc.oneof({ weight: 9, arbitrary: pings }, { weight: 1, arbitrary: closes }), { maxLength: 2 }),
    mask,
    bent,
  });
}

const sent = (protocol: Protocol): fc.Arbitrary<Sent> =>
  fc.oneof(
    { weight: 60, arbitrary: messageStep(messages[protocol]) },
    { weight: 1, arbitrary: messageStep(messages[protocol === "json" ? "trpc" : "json"]) },
    { weight: 6, arbitrary: fc.record({ control: pings }) },
    { weight: 1, arbitrary: fc.record({ control: closes }) },
    { weight: 3, arbitrary: fc.record({ text: fc.constantFrom("PING", "PONG", "PINGPONG", "ping", "", '{"type":"pong"}') }) },
    { weight: 1, arbitrary: fc.record({ noise: bytes(300) }) },
  );

export function step(what: fc.Arbitrary<Sent>): fc.Arbitrary<Step> {
  return fc.record({ sent: what, byteMutations: seldom(30), waits: fc.boolean() });
}

export const steps = (protocol: Protocol): fc.Arbitrary<Step[]> => fc.array(step(sent(protocol)), { maxLength: 20, size: "max" });

/** The bytes of a step. */
export function bytesOf({ sent, byteMutations }: Step, known: Known): Buffer {
  return mutated(plainBytes(sent, known), byteMutations);
}

function plainBytes(sent: Sent, known: Known): Buffer {
  if ("noise" in sent) return Buffer.from(sent.noise);
  if ("text" in sent) return frame(sent.text);
  if ("control" in sent) return controlFrame(sent.control);
  const text = mutated(Buffer.from(written(sent.message, known)), sent.textMutations);
  const ends = [...sent.cuts.map((cut) => Math.floor(cut * text.length)).sort((a, b) => a - b), text.length];
  const options = bentOptions(sent.bent);
  const fragments = ends.map((end, at) =>
    frame(text.subarray(at === 0 ? 0 : ends[at - 1], end), {
      mask: sent.mask,
      opcode: at === 0 ? sent.opcode : opcodes.continuation,
      final: at === ends.length - 1,
      ...(at === 0 ? options : {}),
    }),
  );
  const [first = Buffer.alloc(0), ...others] = fragments;
  return Buffer.concat([first, ...sent.between.map(controlFrame), ...others]);
}

function bentOptions(bent: Bent | null): FrameOptions {
  if (bent === null) return {};
  const { reserved, masked, length } = bent;
  return { reserved, masked, ...(length === null ? {} : { length }) };
}

function controlFrame({ opcode, payload }: Control): Buffer {
  return frame(Buffer.from(payload), { opcode });
}
