import type { NewToken, Right, TokenView } from "@lastbeat/api";
import type { AdminApi } from "../api/adminApi.ts";
import { errorText } from "../api/errors.ts";

export interface WantedToken {
  readonly name: string;
  readonly scopes: readonly Right[];
  /** `null`: it never expires. */
  readonly days: number | null;
}

/** The access tokens there are, and the one that was just made: its secret is nowhere else, and gone when it is dismissed. */
export class Tokens {
  list = $state.raw<readonly TokenView[] | null>(null);
  made = $state.raw<NewToken | null>(null);
  error = $state<string | null>(null);
  /** Why the last one could not be made. */
  refusal = $state<string | null>(null);
  creating = $state(false);

  async load(api: AdminApi): Promise<void> {
    try {
      this.list = await api.tokens.list.query();
      this.error = null;
    } catch (error) {
      this.error = errorText(error);
    }
  }

  /** @returns whether it was made. */
  async create(api: AdminApi, wanted: WantedToken): Promise<boolean> {
    this.creating = true;
    this.refusal = null;
    try {
      this.made = await api.tokens.create.mutate({ ...wanted, scopes: [...wanted.scopes] });
    } catch (error) {
      this.refusal = errorText(error);
      return false;
    } finally {
      this.creating = false;
    }
    await this.load(api);
    return true;
  }

  /** @throws what the server says when it refuses. */
  async revoke(api: AdminApi, id: string): Promise<void> {
    await api.tokens.revoke.mutate({ id });
    if (this.made?.id === id) this.made = null;
    await this.load(api);
  }
}
