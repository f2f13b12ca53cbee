/** Sessions in the role of an operator end with the sign-in that vouched for them. */
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

  /** Says which sign-in a session stands on from now on; one that was taken up again may stand on another than before. */
  vouch({ id }: Session, signIn: SignIn): void {
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
