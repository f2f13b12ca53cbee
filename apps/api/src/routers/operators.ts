/** Procedures on operators' accounts and sign-ins. */
import { z } from "zod";
import { refuseNameAsPassword } from "../auth/passwordCheck.ts";
import { failure } from "../contract/errors.ts";
import {
  addOperatorInput,
  changeOperatorInput,
  type OperatorLink,
  type OperatorView,
  operatorName,
  ownPasswordInput,
  type SignInView,
  type StoredOperator,
  type StoredSignIn,
} from "../contract/operators.ts";
import type { Ok } from "../contract/replies.ts";
import { operatorWith, router, signedIn } from "./trpc.ts";

const named = z.strictObject({ name: operatorName });
const signInId = z.strictObject({ id: z.string().min(1).max(100) });

export const operatorsRouter = router({
  list: operatorWith("operators:manage").query(({ ctx }): OperatorView[] => ctx.services.operators.list()),

  /** Adds an account without a password. The link, given to its owner, sets one; it is shown only here. */
  add: operatorWith("operators:manage")
    .input(addOperatorInput)
    .mutation(async ({ ctx: { services, operator }, input }): Promise<OperatorLink> => {
      const { name, role } = input;
      // The first account is made with the link itself: until then whoever adds it stays signed in.
      const isFirst = !services.operators.hasAccounts;
      if (isFirst) services.audit.record("link_made", operator, { target: name });
      else {
        await services.operators.add({ name, role, createdBy: operator.name });
        services.audit.record("operator_added", operator, { target: name, after: { role } });
      }
      const { path, grant } = services.links.make(
        { name, role: isFirst ? "admin" : role, by: operator.name, first: isFirst },
        services.operators.account(name),
      );
      return { name, path, expiresAtMs: grant.expiresAtMs };
    }),

  /** Changes role or state, or releases the account from the identity provider. Ends the sign-ins of that operator. */
  change: operatorWith("operators:manage")
    .input(changeOperatorInput)
    .mutation(async ({ ctx: { services, operator }, input: { name, role, disabled, external } }): Promise<OperatorView> => {
      const { operators, audit, signIns } = services;
      const before = operators.account(name);
      if (before === undefined) throw noSuchOperator(name);
      if (before.subject !== null && role !== undefined && role !== before.role)
        throw failure("conflict", `the identity provider decides the role of ${name}`);
      const isDisabled = disabled ?? before.disabledAtMs !== null;
      const after = {
        role: role ?? before.role,
        disabledAtMs: isDisabled ? (before.disabledAtMs ?? services.now()) : null,
        subject: external === false ? null : before.subject,
      };
      await operators.change(name, after);
      signIns.check();
      audit.record("operator_changed", operator, { target: name, before: auditedOf(before), after: auditedOf(after) });
      return operators.list().find((one) => one.name === name) as OperatorView;
    }),

  /** A one-time link for a forgotten password. */
  link: operatorWith("operators:manage")
    .input(named)
    .mutation(({ ctx: { services, operator }, input: { name } }): OperatorLink => {
      const account = services.operators.account(name);
      if (account === undefined) throw noSuchOperator(name);
      if (account.subject !== null)
        throw failure("conflict", `${name} signs in with the identity provider and has no password here`);
      const { path, grant } = services.links.make({ name, role: account.role, by: operator.name, first: false }, account);
      services.audit.record("link_made", operator, { target: name });
      return { name, path, expiresAtMs: grant.expiresAtMs };
    }),

  /** Everybody's sign-ins. */
  signIns: operatorWith("operators:manage").query(({ ctx: { services, signIn } }): SignInView[] =>
    services.operators.signIns().map((one) => signInView(one, signIn.id)),
  ),

  endSignIn: operatorWith("operators:manage")
    .input(signInId)
    .mutation(({ ctx: { services, operator }, input: { id } }): Ok => {
      const [ended] = services.operators.signOut([id]);
      if (ended === undefined) throw failure("not_found", "this sign-in has ended");
      services.signIns.check();
      services.audit.record("sign_in_ended", operator, {
        target: ended.operator,
        before: { address: ended.address, client: ended.client },
      });
      return { ok: true };
    }),
});

/** The caller's own account. */
export const accountRouter = router({
  /** `null` for whoever signed in with the server's link. */
  get: signedIn.query(({ ctx: { services, signIn } }): { account: OperatorView | null; signIns: SignInView[] } => ({
    account: services.operators.list().find(({ name }) => name === signIn.name) ?? null,
    signIns: services.operators.signIns(signIn.name).map((one) => signInView(one, signIn.id)),
  })),

  /** Ends every sign-in of the caller, this one too: whoever knew the old password is out. */
  setPassword: signedIn
    .input(ownPasswordInput)
    .mutation(async ({ ctx: { services, operator, address }, input: { current, password } }): Promise<Ok> => {
      const { operators, passwords, attempts, attemptsByName, audit, signIns } = services;
      refuseNameAsPassword(operator.name, password);
      const key = `own ${operator.name}`;
      using _address = attempts.begin(address);
      using _name = attemptsByName.begin(key);
      const stored = operators.account(operator.name)?.password ?? null;
      if (!(await passwords.matches(current, stored))) {
        attempts.failed(address);
        attemptsByName.failed(key);
        audit.signInFailed(address, operator.name);
        throw failure("forbidden", "the current password is wrong");
      }
      await operators.change(operator.name, { password: await passwords.hash(password) }, stored);
      signIns.check();
      audit.record("password_set", operator, { target: operator.name });
      return { ok: true };
    }),

  endSignIn: signedIn.input(signInId).mutation(({ ctx: { services, operator }, input: { id } }): Ok => {
    const isOwn = services.operators.signIns(operator.name).some((one) => one.id === id);
    if (!isOwn) throw failure("not_found", "you have no such sign-in");
    const [ended] = services.operators.signOut([id]);
    services.signIns.check();
    const before = { address: ended?.address ?? "", client: ended?.client ?? "" };
    services.audit.record("sign_in_ended", operator, { target: operator.name, before });
    return { ok: true };
  }),

  signOutEverywhere: signedIn.mutation(({ ctx: { services, operator } }): Ok => {
    const ended = services.operators.signOut(services.operators.signIns(operator.name).map(({ id }) => id));
    services.signIns.check();
    services.audit.record("signed_out", operator, { target: operator.name, count: ended.length });
    return { ok: true };
  }),
});

function noSuchOperator(name: string): Error {
  return failure("not_found", `no such operator: ${name}`);
}

function signInView(signIn: StoredSignIn, callersId: string): SignInView {
  return { ...signIn, isThis: callersId === `cookie ${signIn.id}` };
}

function auditedOf({ role, disabledAtMs, subject }: Pick<StoredOperator, "role" | "disabledAtMs" | "subject">) {
  return { role, disabled: disabledAtMs !== null, external: subject !== null };
}
