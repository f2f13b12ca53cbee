/** Messages about the connection, worded for the user. */
import type { EndReason } from "@lastbeat/core";
import type { Loss } from "@lastbeat/core/client";

export interface EndWords {
  readonly title: string;
  readonly detail: string;
  /** What the button says that brings the user back. */
  readonly action: string;
}

const COME_BACK = "Come back";

const words: Readonly<Record<EndReason, EndWords>> = {
  client_left: { title: "You left the room", detail: "The others saw you go.", action: COME_BACK },
  connection_lost: { title: "The connection was lost", detail: "The network went away without a word.", action: COME_BACK },
  protocol_error: {
    title: "The server did not understand this page",
    detail: "Reload the page; it may be older than the server.",
    action: COME_BACK,
  },
  slow_consumer: {
    title: "The connection was too slow",
    detail: "More was waiting for you than the server holds.",
    action: COME_BACK,
  },
  unreachable: { title: "The client was unreachable", detail: "The server no longer reached you.", action: COME_BACK },
  unresponsive: {
    title: "This page had stopped answering",
    detail: "The browser was there, but the page was frozen.",
    action: COME_BACK,
  },
  hello_timeout: { title: "Connecting took too long", detail: "The server received no hello in time.", action: COME_BACK },
  idle: {
    title: "You were away",
    detail: "Nothing was typed for a while, so your place in the room was freed. What you wrote is safe.",
    action: "I'm back",
  },
  lifetime_reached: {
    title: "Time for a fresh start",
    detail: "This session had grown as old as the server allows.",
    action: COME_BACK,
  },
  overdue: { title: "The server lost track of you", detail: "It had not heard from you in time.", action: COME_BACK },
  memory_pressure: {
    title: "The server was short of memory",
    detail: "It made room by ending the sessions that had been quiet the longest.",
    action: COME_BACK,
  },
  superseded: {
    title: "Continued somewhere else",
    detail: "Another tab or window took this session over.",
    action: "Use this one",
  },
  ended_by_operator: {
    title: "An operator ended your session",
    detail: "Someone who runs this server disconnected you.",
    action: COME_BACK,
  },
  ended_by_application: { title: "The server ended your session", detail: "The application asked for it.", action: COME_BACK },
  unauthorized: { title: "The server turned you away", detail: "It did not accept this session.", action: "Try again" },
  server_full: { title: "The server is full", detail: "There is no room for another session just now.", action: "Try again" },
  server_shutdown: { title: "The server is restarting", detail: "It said goodbye before it stopped.", action: COME_BACK },
  server_crashed: { title: "The server had crashed", detail: "It is being brought back.", action: COME_BACK },
};

/** Explains why the session has ended. */
export function wordsFor(loss: Loss): EndWords {
  switch (loss.cause) {
    case "left":
      return words.client_left;
    case "silent":
      return {
        title: "The server went silent",
        detail: "No heartbeat came for longer than is normal, so the page stopped waiting.",
        action: COME_BACK,
      };
    case "no_answer":
      return { title: "No answer from the server", detail: "The connection could not be made in time.", action: COME_BACK };
    case "closed":
      return loss.reason === null ? unnamed(loss.code) : words[loss.reason];
  }
}

/** The server's message as a sentence. */
export function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** Why the connection was lost, and why the latest reconnect attempt failed if for a different reason. */
export function lossText({ loss, lastTry }: { readonly loss: Loss; readonly lastTry: Loss | null }): string {
  const { title } = wordsFor(loss);
  const again = lastTry === null ? title : wordsFor(lastTry).title;
  return again === title ? `${title}.` : `${title}. Last attempt: ${again.charAt(0).toLowerCase()}${again.slice(1)}.`;
}

function unnamed(code: number): EndWords {
  if (code === 1000) return { title: "The server closed the connection", detail: "It gave no reason.", action: COME_BACK };
  return words.connection_lost;
}
