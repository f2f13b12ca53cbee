/** Ends an operator's session when the sign-in it depends on ends. */
import type { Disposer, Session, SessionKeeper } from "@lastbeat/core";
import type { SignIn, SignIns } from "./signIns.ts";

export class OperatorSessions {
  readonly #keeper: SessionKeeper;
  readonly #signIns: SignIns;
  readonly #watches = new Map<string, Disposer>();

  constructor(keeper: SessionKeeper, signIns: SignIns) {
    this.#keeper = keeper;
    this.#signIns = signIns;
    keeper.on("ending", ({ session }) => this.#forget(session.id));
  }

  /** Ties the session to a sign-in, replacing an earlier one: a resumed session may come with a different sign-in. */
  bind({ id }: Session, signIn: SignIn): void {
    this.#forget(id);
    const end = () => this.#keeper.end(id, { reason: "unauthorized", detail: "the operator signed out, or the sign-in expired" });
    this.#watches.set(
      id,
      this.#signIns.watch(signIn, () => void end()),
    );
  }

  #forget(id: string): void {
    this.#watches.get(id)?.();
    this.#watches.delete(id);
  }
}
