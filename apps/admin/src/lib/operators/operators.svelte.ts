import type { AuditAction, AuditEntry, OperatorLink, OperatorView, Role, SignInView } from "@lastbeat/api";
import type { AdminApi } from "../api/adminApi.ts";
import { errorText } from "../api/errors.ts";

/** The caller's own account and sign-ins. */
export class OwnAccount {
  account = $state.raw<OperatorView | null>(null);
  signIns = $state.raw<readonly SignInView[] | null>(null);
  error = $state<string | null>(null);

  async load(api: AdminApi): Promise<void> {
    try {
      const { account, signIns } = await api.account.get.query();
      this.account = account;
      this.signIns = signIns;
      this.error = null;
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

/** All accounts, for those who manage them. */
export class OperatorList {
  list = $state.raw<readonly OperatorView[] | null>(null);
  signIns = $state.raw<readonly SignInView[]>([]);
  error = $state<string | null>(null);
  refusal = $state<string | null>(null);
  /** The link that was just made. It is shown only once. */
  link = $state.raw<OperatorLink | null>(null);
  busy = $state(false);

  async load(api: AdminApi): Promise<void> {
    try {
      [this.list, this.signIns] = await Promise.all([api.operators.list.query(), api.operators.signIns.query()]);
      this.error = null;
    } catch (error) {
      this.error = errorText(error);
    }
  }

  /** @returns whether it was added. */
  async add(api: AdminApi, name: string, role: Role): Promise<boolean> {
    this.busy = true;
    this.refusal = null;
    try {
      this.link = await api.operators.add.mutate({ name, role });
    } catch (error) {
      this.refusal = errorText(error);
      return false;
    } finally {
      this.busy = false;
    }
    await this.load(api);
    return true;
  }

  /** @throws what the server says when it refuses. */
  async change(api: AdminApi, change: { name: string; role?: Role; disabled?: boolean; external?: false }): Promise<void> {
    await api.operators.change.mutate(change);
    await this.load(api);
  }

  /** @throws what the server says when it refuses. */
  async makeLink(api: AdminApi, name: string): Promise<void> {
    this.link = await api.operators.link.mutate({ name });
  }

  /** @throws what the server says when it refuses. */
  async endSignIn(api: AdminApi, id: string): Promise<void> {
    await api.operators.endSignIn.mutate({ id });
    await this.load(api);
  }
}

/** What operators did, newest first, page by page. */
export class AuditTrail {
  entries = $state.raw<readonly AuditEntry[] | null>(null);
  error = $state<string | null>(null);
  loading = $state(false);
  more = $state(false);
  #cursor: string | null = null;
  #asked = 0;

  /** Asks for the first page, or with `next` for the one after. */
  async load(api: AdminApi, filter: { action: AuditAction | ""; by: string }, next = false): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.loading = true;
    try {
      const page = await api.audit.list.query({
        limit: 50,
        ...(filter.action === "" ? {} : { action: [filter.action] }),
        ...(filter.by.trim() === "" ? {} : { by: filter.by.trim() }),
        ...(next && this.#cursor !== null ? { cursor: this.#cursor } : {}),
      });
      if (asked !== this.#asked) return;
      this.entries = next ? [...(this.entries ?? []), ...page.entries] : page.entries;
      this.#cursor = page.nextCursor;
      this.more = page.nextCursor !== null;
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = errorText(error);
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }
}
