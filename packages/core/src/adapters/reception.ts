/** What every adapter does with an accepted connection (rule EMB2): says hello for its client, welcomes it, and hands its messages on. */

import type { Connection, Session, SessionKeeper } from "../keeper/types.ts";
import { clientName } from "../ports/clientName.ts";
import type { SessionSocket } from "../ports/socket.ts";
import { causeOf } from "../ports/thrown.ts";
import type { WelcomeFrame } from "../protocol/dialect.ts";
import type { KeepOptions, MessageHandler } from "./keepOptions.ts";

/** Accepts a socket; `null` when it was refused, told and closed. */
export function accept<Data>(
  keeper: SessionKeeper<Data>,
  socket: SessionSocket,
  { transport, address, client }: { readonly transport: string } & Pick<KeepOptions, "address" | "client">,
): Connection<Data> | null {
  return keeper.accept(socket, { address: address ?? "unknown", client: clientName(client), transport });
}

const NOTHING = "nothing";
const WELCOME = "welcome";

export class Reception<Message, Data> {
  /** `null` before it is accepted. */
  connection: Connection<Data> | null;
  readonly #onMessage: MessageHandler<Message, Data> | undefined;
  /** What came before the welcome, which the keeper's caps before the hello bound; `WELCOME` from then on. */
  #early: Message[] | typeof NOTHING | typeof WELCOME = NOTHING;

  constructor(connection: Connection<Data> | null, onMessage: MessageHandler<Message, Data> | undefined) {
    this.connection = connection;
    this.#onMessage = onMessage;
  }

  /**
   * Says hello and sends the welcome.
   * @returns the session; `null` when it was refused and the client was told, or when the client has gone meanwhile.
   */
  async sayHello(options: KeepOptions<Data>, send: (frame: WelcomeFrame) => void): Promise<Session<Data> | null> {
    const result = await this.connection?.hello(options);
    const early = this.#early;
    this.#early = NOTHING;
    if (result?.accepted !== true) return null;
    this.#early = WELCOME;
    try {
      send({ type: "welcome", ...result.welcome });
    } catch (thrown) {
      this.connection?.failed(thrown instanceof Error ? thrown : new Error(causeOf(thrown)));
    }
    if (early !== WELCOME && early !== NOTHING) for (const message of early) deliver(this.#onMessage, result.session, message);
    return result.session;
  }

  /** Hands a message on, or keeps it until the welcome. */
  message(message: Message): void {
    if (this.#early === WELCOME) deliver(this.#onMessage, this.connection?.session ?? null, message);
    else if (this.#early === NOTHING) this.#early = [message];
    else this.#early.push(message);
  }
}

function deliver<Message, Data>(
  onMessage: MessageHandler<Message, Data> | undefined,
  session: Session<Data> | null,
  message: Message,
): void {
  if (session === null || onMessage === undefined || session.state === "ending" || session.state === "ended") return;
  try {
    const returned: unknown = onMessage(message, session);
    // A handler written in JavaScript may return anything.
    if (returned !== undefined) Promise.resolve(returned).catch((thrown: unknown) => handlerFailed(session, thrown));
  } catch (thrown) {
    handlerFailed(session, thrown);
  }
}

function handlerFailed(session: Pick<Session, "end">, thrown: unknown): void {
  endQuietly(session, `its message handler failed: ${causeOf(thrown)}`);
}

/** Ends a session whose end nobody waits for. */
export function endQuietly(session: Pick<Session, "end"> | null, detail: string): void {
  // An end that the ledger refuses stands in the log.
  session?.end(detail).catch(() => {});
}
