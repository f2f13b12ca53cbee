/** Those who answer for the identity provider, or have the server ask it without end. */
import { CLIENT_ID, CLIENT_SECRET, startIssuer } from "@lastbeat/support/openIdIssuer";
import { afterAll, expect } from "vitest";
import { attacks } from "../harness/attack.ts";
import type { Scene } from "../harness/scene.ts";
import { type Answer, ask, field } from "./asking.ts";

const issuer = await startIssuer();
afterAll(() => issuer[Symbol.asyncDispose]());

const callback = (query: string) => `GET /admin/oidc/callback?${query}`;
const ways = (answers: readonly Answer[]) => new Set(answers.map((answer) => `${answer.status} ${field(answer, "Location")}`));

/** Begins a sign-in. @returns the cookie, and the query that the provider sends back. */
async function begun(scene: Scene): Promise<{ cookie: string; query: string }> {
  const answer = await ask(scene, "GET /admin/oidc/sign-in");
  const back = await fetch(field(answer, "Location") ?? "", { redirect: "manual" });
  const cookie = (field(answer, "Set-Cookie") ?? "").split(";", 1)[0] ?? "";
  return { cookie, query: new URL(back.headers.get("location") ?? "").search.slice(1) };
}

const env = {
  LASTBEAT_OPERATORS_OIDC_ISSUER: issuer.url,
  LASTBEAT_OPERATORS_OIDC_CLIENT_ID: CLIENT_ID,
  LASTBEAT_OPERATORS_OIDC_CLIENT_SECRET: CLIENT_SECRET,
  LASTBEAT_OPERATORS_OIDC_ROLE_CLAIM: "groups",
  LASTBEAT_OPERATORS_OIDC_ADMINS: "admins",
};

attacks("HTTP sign-in through an identity provider", env, [
  {
    name: "a link with the attacker's own answer, opened by somebody else (login CSRF)",
    must: "nobody is signed in, the provider is not asked",
    async run(scene) {
      issuer.user = { sub: "attacker", email: "attacker@example.com", groups: ["admins"] };
      const [asked, { query }] = [issuer.tokenRequests, await begun(scene)];
      expect(ways([await ask(scene, callback(query))])).toEqual(new Set(["303 /admin?sign_in_problem=stale"]));
      expect(issuer.tokenRequests).toBe(asked);
    },
  },
  {
    name: "an attempt of the attacker's own making, with a forged signature",
    must: "nobody is signed in, the provider is not asked",
    async run(scene) {
      const [asked, { cookie, query }] = [issuer.tokenRequests, await begun(scene)];
      const [name = "", value = ""] = cookie.split("=");
      const [state, , signature] = value.split(".");
      const forged = `${name}=${state}.${Date.now() + 9e9}.${signature}`;
      expect(ways([await ask(scene, callback(query), { Cookie: forged })])).toEqual(
        new Set(["303 /admin?sign_in_problem=stale"]),
      );
      expect(issuer.tokenRequests).toBe(asked);
    },
  },
  {
    name: "500 codes that the provider never gave, at once",
    must: "nobody is signed in; the provider is asked ten at a time, then not at all",
    async run(scene) {
      const [asked, { cookie, query }] = [issuer.tokenRequests, await begun(scene)];
      const state = new URLSearchParams(query).get("state");
      const answers = await scene.many(500, (at) => ask(scene, callback(`code=guess-${at}&state=${state}`), { Cookie: cookie }));
      for (const way of ways(answers)) expect(way).toMatch(/^303 \/admin\?sign_in_problem=(failed|wait|unavailable)$/);
      expect(issuer.tokenRequests - asked).toBeLessThan(300);
    },
  },
  {
    name: "300 sign-ins at a provider that never answers",
    must: "all told within 15 s that it does not answer",
    async run(scene) {
      const { cookie, query } = await begun(scene);
      issuer.lies = { hangs: true };
      const answers = await scene.many(300, () => ask(scene, callback(query), { Cookie: cookie }));
      issuer.lies = {};
      for (const way of ways(answers)) expect(way).toMatch(/^303 \/admin\?sign_in_problem=(wait|unavailable)$/);
    },
  },
]);
