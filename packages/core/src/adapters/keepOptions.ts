/** What an embedding application says of a client whose socket it hands to an adapter. */

import type { Session, WithData } from "../keeper/types.ts";
import type { SessionKind } from "../ports/ledger.ts";
import type { Beats } from "../protocol/beats.ts";
import type { ResumeClaim } from "../protocol/resumeText.ts";

/** `data` is what the application hangs on the session. */
export type KeepOptions<Data = unknown> = WithData<Data> & {
  readonly user: string;
  readonly room?: string | null | undefined;
  /** Default: `user`. */
  readonly kind?: SessionKind | undefined;
  /** Whether the client sends heartbeats by a timer of its own, as it says. Default: `server`. */
  readonly beats?: Beats | undefined;
  /** The session that the client takes up again, as it says. */
  readonly resume?: ResumeClaim | undefined;
  /** Remote address, without a port. */
  readonly address?: string | undefined;
  /** What the client calls itself, such as its User-Agent. */
  readonly client?: string | undefined;
};

/**
 * Called with each message of the client that is none of the protocol's own, in order, from the welcome on; what came sooner has waited.
 * A handler that throws or rejects costs the session and nothing else.
 */
export type MessageHandler<Message, Data = unknown> = (message: Message, session: Session<Data>) => void | Promise<void>;

export interface MessageOptions<Message, Data = unknown> {
  readonly onMessage?: MessageHandler<Message, Data> | undefined;
  /** A longer message ends the session as `protocol_error`. Default 65536. */
  readonly maxMessageBytes?: number | undefined;
}

export const MAX_MESSAGE_BYTES = 65_536;
