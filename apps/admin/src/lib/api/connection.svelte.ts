/** The page's single connection: the client connection that every client uses, behind the operator's sign-in. */
import type { PushEvent, Right } from "@lastbeat/api";
import { type ClientConnection, type ConnectionState, createClientConnection, type Dial } from "@lastbeat/core/client";
import { browserClock } from "@lastbeat/web/browserClock";
import { watchNetwork } from "@lastbeat/web/networkHints";
import type { DialEvents } from "@lastbeat/web/trpcDial";
import { createContext } from "svelte";
import type { AdminApi } from "./adminApi.ts";
import { pageStateOf } from "./pageState.ts";
import { signedInDial } from "./signedInDial.ts";
import type { SignedIn } from "./signIn.ts";

export interface ConnectionPorts {
  readonly whoIsSignedIn: () => Promise<SignedIn | null>;
  readonly dial: (events: DialEvents) => Dial;
}

export class Connection {
  /** Set only while the session is open. */
  api = $state.raw<AdminApi | null>(null);
  admin = $state<string | null>(null);
  #rights = $state.raw<readonly Right[]>([]);
  /** Whether the connection was ever open: from then on a loss greys figures instead of hiding them. */
  wasOpen = $state(false);
  readonly state = $derived.by(() => pageStateOf(this.#client, this.admin !== null));

  #client = $state.raw<ConnectionState>({ name: "idle" });
  readonly #whoIsSignedIn: () => Promise<SignedIn | null>;
  readonly #connection: ClientConnection;
  #stopWatching = () => {};

  constructor({ whoIsSignedIn, dial }: ConnectionPorts) {
    this.#whoIsSignedIn = whoIsSignedIn;
    const dialled = dial({
      welcomed: (api) => {
        this.api = api;
        this.wasOpen = true;
      },
      pushed: (event) => this.#pushed(event),
      lost: () => {
        this.api = null;
      },
    });
    this.#connection = createClientConnection({
      clock: browserClock,
      random: () => Math.random(),
      dial: signedInDial(whoIsSignedIn, dialled, (signedIn) => this.#told(signedIn)),
      onState: (state) => {
        this.#client = state;
      },
    });
  }

  /** Whether the operator has this right, so that the page need not offer what the server would refuse. */
  may(right: Right): boolean {
    return this.#rights.includes(right);
  }

  /** Connects and stays connected, until `stop`. */
  start(): void {
    this.#stopWatching = watchNetwork((online) => void this.#hinted(online));
    this.#connection.start();
  }

  /** Connects now: instead of waiting, or again after an end. */
  connect(): void {
    this.#connection.start();
  }

  /** Connects if somebody is signed in by now. @returns whether somebody is. @throws when the server cannot be reached. */
  async signedInAgain(): Promise<boolean> {
    this.#told(await this.#whoIsSignedIn());
    if (this.admin !== null) this.#connection.start();
    return this.admin !== null;
  }

  /** An expected message is overdue: probes the server. Never ends the connection by itself. */
  doubt(): void {
    this.#connection.hint(false);
  }

  stop(): void {
    this.#stopWatching();
    this.#connection.leave();
  }

  #told(signedIn: SignedIn | null): void {
    this.admin = signedIn?.name ?? null;
    this.#rights = signedIn?.rights ?? [];
  }

  async #hinted(online: boolean): Promise<void> {
    // Somebody may have signed in in another tab.
    if (online && this.state.type === "signed_out") await this.signedInAgain().catch(() => false);
    else this.#connection.hint(online);
  }

  #pushed(event: PushEvent): void {
    // A page that somebody can see is in use, even when nobody clicks: a wall display must not go idle.
    if (event.type !== "idle_warning" || document.visibilityState !== "visible") return;
    this.api?.session.stillHere.mutate().catch(() => {
      // The connection is gone, and with it the warning.
    });
  }
}

export const [getConnection, setConnection] = createContext<Connection>();
