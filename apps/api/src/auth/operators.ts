/**
 * Operators' accounts and sign-ins. They are few and asked for with every request, so all are in memory; each change is written to the
 * store, which is read once, at the start (rule OPS6). Whatever takes access away holds at once, even if the disk takes nothing.
 */
import { randomBytes } from "node:crypto";
import type { KeeperLog } from "@lastbeat/core";
import { sameIssuer } from "../config/oidcFields.ts";
import { failure } from "../contract/errors.ts";
import type { OperatorView, SignInWay, StoredOperator, StoredSignIn } from "../contract/operators.ts";
import { type Role, roleRights } from "../contract/rights.ts";
import type { OperatorRecord, OperatorStore } from "../ledger/store.ts";
import type { SignIn } from "./signIns.ts";

/** Name of whoever signed in with the server's own link, while there is no account. */
export const FIRST_OPERATOR = "operator";
/** Stands for the identity provider where it made or changed an account. No account can have this name. */
export const IDENTITY_PROVIDER = "identity provider";
/** Sign-ins of one operator at a time; the next one ends the oldest. */
const SIGN_INS_EACH = 20;
/** Accounts at most. OpenID Connect makes them without an administrator. */
const ACCOUNTS = 1_000;

export interface SignInOrigin {
  readonly way: SignInWay;
  readonly address: string;
  readonly client: string;
}

export interface OperatorsOptions {
  readonly store: OperatorStore;
  readonly now: () => number;
  /** How long a sign-in lasts. */
  readonly sessionMs: number;
  /** The OpenID provider that is asked; `null` for none. Sign-ins through another one, or one that is asked no more, end. */
  readonly issuer: string | null;
  readonly log: KeeperLog;
}

type NewOperator = Pick<StoredOperator, "name" | "role" | "createdBy"> & Partial<StoredOperator>;

export class Operators {
  readonly #options: OperatorsOptions;
  readonly #accounts: Map<string, StoredOperator>;
  readonly #signIns: Map<string, StoredSignIn>;

  static async load(options: OperatorsOptions): Promise<Operators> {
    const { accounts, signIns } = await options.store.all();
    return new Operators(options, accounts, signIns);
  }

  private constructor(options: OperatorsOptions, accounts: readonly StoredOperator[], signIns: readonly StoredSignIn[]) {
    this.#options = options;
    this.#accounts = new Map(accounts.map((account) => [account.name, account]));
    this.#signIns = new Map(signIns.map((signIn) => [signIn.id, signIn]));
    this.#end((signIn) => signIn.expiresAtMs <= options.now() || this.#isOfAnotherProvider(signIn));
  }

  #isOfAnotherProvider({ way, operator }: StoredSignIn): boolean {
    if (way !== "oidc") return false;
    const [issuer = ""] = this.#accounts.get(operator)?.subject?.split(" ") ?? [];
    return this.#options.issuer === null || !sameIssuer(issuer, this.#options.issuer);
  }

  get hasAccounts(): boolean {
    return this.#accounts.size > 0;
  }

  account(name: string): StoredOperator | undefined {
    return this.#accounts.get(name);
  }

  /** The account of somebody at the identity provider. */
  accountOf(subject: string): StoredOperator | undefined {
    return [...this.#accounts.values()].find((account) => account.subject === subject);
  }

  list(): OperatorView[] {
    const live = this.signIns();
    return [...this.#accounts.values()]
      .map((account) => viewOf(account, live.filter(({ operator }) => operator === account.name).length))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Sign-ins in force, newest first; of one operator or of all. */
  signIns(operator?: string): StoredSignIn[] {
    return [...this.#signIns.values()]
      .filter((signIn) => this.#isInForce(signIn) && (operator === undefined || signIn.operator === operator))
      .sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  /** @throws {LastbeatError} `conflict` if the name is taken or there are too many. Durable once it resolves. */
  async add(account: NewOperator): Promise<StoredOperator> {
    if (this.#accounts.has(account.name)) throw failure("conflict", `there is an operator named ${account.name}`);
    return this.#save(this.#newAccount(account));
  }

  #newAccount(account: NewOperator): StoredOperator {
    if (this.#accounts.size >= ACCOUNTS) throw failure("conflict", `there are ${ACCOUNTS} operators already`);
    const none = { password: null, subject: null, disabledAtMs: null, lastSignInAtMs: null };
    return { ...none, createdAtMs: this.#options.now(), ...account };
  }

  /**
   * Changes an account. Another role or password, or being disabled, ends its sign-ins. Durable once it resolves.
   * @param expected the hash that the change is based on, so that one made meanwhile is not undone.
   * @throws {LastbeatError} `not_found`, or `conflict` for what would leave no administrator or if the password is another one.
   */
  async change(
    name: string,
    changes: Partial<Pick<StoredOperator, "role" | "password" | "disabledAtMs" | "subject">>,
    expected?: string | null,
  ): Promise<StoredOperator> {
    const before = this.#accounts.get(name);
    if (before === undefined) throw failure("not_found", `no such operator: ${name}`);
    if (expected !== undefined && before.password !== expected)
      throw failure("conflict", "the password was changed meanwhile; sign in with the new one");
    const after = { ...before, ...changes };
    if (isAdmin(before) && !isAdmin(after) && [...this.#accounts.values()].filter(isAdmin).length === 1)
      throw failure("conflict", `${name} is the only administrator: make another one first`);
    const saved = this.#save(after);
    this.#end(({ operator }) => operator === name);
    return saved;
  }

  /**
   * Writes what the identity provider says of somebody: the account with this subject or name, which is made if there is none, and its
   * role. Another role ends its sign-ins. Never waits for the disk, as signing in does not.
   * @throws {LastbeatError} `conflict` if there are too many accounts.
   */
  vouched({ subject, name, role }: { subject: string; name: string; role: Role }): StoredOperator {
    const known = this.accountOf(subject) ?? this.#accounts.get(name);
    if (known?.subject === subject && known.role === role) return known;
    const account = { ...(known ?? this.#newAccount({ name, role, createdBy: IDENTITY_PROVIDER })), subject, role };
    this.#accounts.set(account.name, account);
    this.#write({ kind: "account", account });
    if (known !== undefined && known.role !== role) this.#end(({ operator }) => operator === known.name);
    return account;
  }

  /** Stores another hash of the same password, unless that was replaced meanwhile. Never waits for the disk, as signing in does not. */
  renewHash(name: string, password: string, expected: string): void {
    const account = this.#accounts.get(name);
    if (account === undefined || account.password !== expected) return;
    const renewed = { ...account, password };
    this.#accounts.set(name, renewed);
    this.#write({ kind: "account", account: renewed });
  }

  /** Makes a sign-in. Never waits for the disk: at three in the morning it may be full. */
  signIn(operator: string, { way, address, client }: SignInOrigin): StoredSignIn {
    const createdAtMs = this.#options.now();
    const id = randomBytes(12).toString("base64url");
    const signIn = { id, operator, way, address, client, createdAtMs, expiresAtMs: createdAtMs + this.#options.sessionMs };
    this.#end(({ expiresAtMs }) => expiresAtMs <= createdAtMs);
    const [...others] = this.signIns(operator);
    const surplus = new Set(others.slice(SIGN_INS_EACH - 1).map((other) => other.id));
    this.#end((other) => surplus.has(other.id));
    this.#signIns.set(id, signIn);
    this.#write({ kind: "signIn", signIn });
    const account = this.#accounts.get(operator);
    if (account !== undefined) {
      const seen = { ...account, lastSignInAtMs: createdAtMs };
      this.#accounts.set(operator, seen);
      this.#write({ kind: "account", account: seen });
    }
    return signIn;
  }

  /** The sign-in with this id as the caller of something; `null` if it has ended. */
  signInWith(id: string): SignIn | null {
    const found = this.#signIns.get(id);
    if (found === undefined || !this.#isInForce(found)) return null;
    const { operator: name } = found;
    const isValid = () => this.#signIns.get(id) === found && this.#isInForce(found);
    return { id: `cookie ${id}`, name, rights: roleRights[this.#roleOf(found)], isValid };
  }

  /** Ends the sign-ins with these ids, at once. Returns those that were in force. */
  signOut(ids: readonly string[]): StoredSignIn[] {
    const known = new Set(ids);
    const inForce = this.signIns().filter(({ id }) => known.has(id));
    this.#end(({ id }) => known.has(id));
    return inForce;
  }

  #roleOf({ way, operator }: StoredSignIn): Role {
    return way === "first_link" ? "admin" : (this.#accounts.get(operator)?.role ?? "viewer");
  }

  /** One by the server's link ends when there is an account. */
  #isInForce({ way, operator, expiresAtMs }: StoredSignIn): boolean {
    if (expiresAtMs <= this.#options.now()) return false;
    if (way === "first_link") return !this.hasAccounts;
    const account = this.#accounts.get(operator);
    return account !== undefined && account.disabledAtMs === null;
  }

  #end(ends: (signIn: StoredSignIn) => boolean): void {
    const ids = [...this.#signIns.values()].filter(ends).map(({ id }) => id);
    if (ids.length === 0) return;
    for (const id of ids) this.#signIns.delete(id);
    this.#write({ kind: "ended", ids });
  }

  async #save(account: StoredOperator): Promise<StoredOperator> {
    this.#accounts.set(account.name, account);
    await this.#options.store.save({ kind: "account", account });
    return account;
  }

  #write(record: OperatorRecord): void {
    const { store, log } = this.#options;
    store.save(record).catch((error: unknown) => log.warn("A sign-in or sign-out is not in the database", { error }));
  }
}

/** Whether it can administer on its own: one of the identity provider's can only as long as that says so. */
function isAdmin({ role, disabledAtMs, subject }: StoredOperator): boolean {
  return role === "admin" && disabledAtMs === null && subject === null;
}

export function viewOf({ password, subject, ...account }: StoredOperator, signIns: number): OperatorView {
  return { ...account, hasPassword: password !== null, isExternal: subject !== null, signIns };
}
