/** Helpers that bring a dial to a given stage, with the test as the server. Require Vitest's fake timers. */
import type { ClientLinkListener, ResumeTicket } from "@lastbeat/core/client";
import { expect, vi } from "vitest";
import type { SocketGate } from "../observedSocket.ts";
import { type Api, trpcDial } from "../trpcDial.ts";
import { FakeSocket } from "./fakeSocket.ts";

export const reply = { sessionId: "session_1", resumeToken: "token", resumed: false, room: "general" };

interface Dialling {
  readonly ticket?: ResumeTicket | null;
  readonly gate?: SocketGate;
  readonly token?: () => Promise<string | null>;
}

/** Dials; the socket is not open yet. */
export function dial({ ticket = null, ...optional }: Dialling = {}) {
  const listener = {
    heard: vi.fn(),
    welcomed: vi.fn(),
    noticed: vi.fn(),
    sent: vi.fn(),
    closed: vi.fn(),
  } satisfies ClientLinkListener;
  const seen = { welcomed: vi.fn<(api: Api) => void>(), pushed: vi.fn(), beat: vi.fn(), refused: vi.fn(), lost: vi.fn() };
  const hello = { name: "Ana", room: "general", browser: "b" };
  const link = trpcDial({ url: "ws://test/trpc", hello, ...seen, ...optional })(ticket, listener);
  return { link, listener, seen };
}

/** Dials, opens the socket, and waits for the hello. */
export async function opened(dialling: Dialling = {}) {
  const made = dial(dialling);
  await vi.waitFor(() => expect(FakeSocket.made).toHaveLength(1));
  const [socket] = FakeSocket.made;
  if (socket === undefined) throw new Error("no socket");
  socket.opens();
  await vi.waitFor(() => expect(socket.calls()).toHaveLength(2));
  return { ...made, socket };
}

/** Like `opened`, and answers the hello. */
export async function welcomed(dialling: Dialling = {}) {
  const made = await opened(dialling);
  made.socket.answers("session.open", reply);
  await vi.waitFor(() => expect(made.seen.welcomed).toHaveBeenCalledOnce());
  const api = made.seen.welcomed.mock.calls[0]?.[0];
  if (api === undefined) throw new Error("no api");
  return { ...made, api };
}
