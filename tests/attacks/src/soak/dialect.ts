/** What a visitor says in each of the two protocols (docs/PROTOCOL.md), and how it understands the answers. */
import type { Place } from "./place.ts";

export interface Welcome {
  readonly sessionId: string;
  readonly resumeToken: string;
  readonly resumed: boolean;
}

export interface Hello {
  readonly name: string;
  readonly room: string;
  readonly resume?: { readonly sessionId: string; readonly token: string };
}

export interface Dialect {
  url(place: Place): string;
  /** The frames of a hello whose answer is a welcome. */
  hello(hello: Hello): readonly object[];
  send(text: string): object;
  history(room: string): object;
  readonly stillHere: object;
  readonly goodbye: object;
  /** The answer to this frame if it is a heartbeat. */
  answerTo(text: string): string | null;
  welcomeIn(text: string): Welcome | null;
}

type Frame = Readonly<Record<string, unknown>>;

export const json: Dialect = {
  url: ({ ws }) => `${ws}/ws/new`,
  hello: (hello) => [{ type: "hello", ...hello }],
  send: (text) => ({ type: "chat.send", id: crypto.randomUUID(), text }),
  history: (room) => ({ type: "chat.history", room }),
  stillHere: { type: "still_here" },
  goodbye: { type: "goodbye" },
  answerTo: (text) => (text === '{"type":"heartbeat"}' ? '{"type":"pong"}' : null),
  welcomeIn(text) {
    const frame = JSON.parse(text) as Frame;
    return frame.type === "welcome" ? (frame as unknown as Welcome) : null;
  },
};

const EVENTS = 1;
const call = (method: string, path: string, input?: object) => ({ id: 2, method, params: { path, input } });

export const trpc: Dialect = {
  url: ({ ws }) => `${ws}/trpc?connectionParams=1`,
  hello: ({ resume, ...hello }) => [
    {
      method: "connectionParams",
      data: { ...hello, ...(resume && { resume: `${resume.sessionId}.${resume.token}` }) },
    },
    { id: EVENTS, method: "subscription", params: { path: "session.events" } },
  ],
  send: (text) => call("mutation", "chat.send", { id: crypto.randomUUID(), text }),
  history: (room) => call("query", "chat.history", { room }),
  stillHere: call("mutation", "session.stillHere"),
  goodbye: call("mutation", "session.goodbye"),
  answerTo: (text) => (text === "PING" ? "PONG" : null),
  welcomeIn(text) {
    if (text === "PONG") return null;
    const { id, result } = JSON.parse(text) as { readonly id?: unknown; readonly result?: { readonly data?: Frame } };
    return id === EVENTS && result?.data?.type === "welcome" ? (result.data as unknown as Welcome) : null;
  },
};

export const dialects = [json, trpc] as const;
