/** Strangers who want to be taken for an operator, and pages that want to use one's browser. */
import { createHmac } from "node:crypto";
import { expect } from "vitest";
import { attacks } from "../harness/attack.ts";
import { type Answer, ask, field, linesOf, newLink, operatorCookie, post, refused } from "./asking.ts";

const evil = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
const listed = "GET /api/sessions";
const guesses = 400;

const countOf = (answers: readonly Answer[], status: number) => answers.filter((answer) => answer.status === status).length;

attacks("HTTP from a stranger or another site", {}, [
  {
    name: "a page of another site signs the operator out",
    must: "answered with 403, still signed in",
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      expect((await ask(scene, "POST /admin/sign-out", { ...evil, Cookie })).status).toBe(403);
      expect((await ask(scene, listed, { Cookie })).status).toBe(200);
    },
  },
  {
    name: "a page in a sandbox (Origin: null) saves settings with the operator's cookie",
    must: "answered with 403",
    async run(scene) {
      const headers = { Cookie: await operatorCookie(scene), Origin: "null" };
      expect((await post(scene, "/trpc/settings.save", { basedOnRevision: 0, values: {} }, headers)).status).toBe(403);
    },
  },
  {
    name: "a form of another site posts as text/plain, without an Origin",
    must: "nothing is changed",
    async run(scene) {
      const headers = { Cookie: await operatorCookie(scene), "Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site" };
      const body = JSON.stringify({ basedOnRevision: 0, values: { maxSessions: 7 } });
      const answer = await post(scene, "/trpc/settings.save", body, headers);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      const { body: settings } = await ask(scene, "GET /trpc/settings.get", { Cookie: headers.Cookie });
      expect(JSON.parse(settings)).toMatchObject({ result: { data: { revision: 0 } } });
    },
  },
  {
    name: "an image of another site changes something by GET",
    must: "answered with 405, nothing is changed",
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      const input = encodeURIComponent(JSON.stringify({ id: "session_x" }));
      expect((await ask(scene, `GET /trpc/sessions.end?input=${input}`, { ...evil, Cookie })).status).toBe(405);
      expect((await ask(scene, "GET /admin/sign-out", { ...evil, Cookie })).head).not.toMatch(/^Set-Cookie/im);
      expect((await ask(scene, listed, { Cookie })).status).toBe(200);
    },
  },
  {
    name: "a page of another site reads with the operator's cookie (CORS)",
    must: "no answer has a field that lets it",
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      for (const line of [
        listed,
        "GET /trpc/settings.get",
        "GET /api/ends/export?format=csv",
        "GET /",
        "GET /api/openapi.json",
      ]) {
        const answer = await ask(scene, line, { ...evil, Cookie });
        expect(answer.head, line).not.toMatch(/^Access-Control-/im);
        expect(field(answer, "Cross-Origin-Resource-Policy"), line).toBe("same-origin");
      }
    },
  },
  {
    name: "a page of another site asks for leave (CORS preflight)",
    must: "it gets none",
    async run(scene) {
      const preflight = { ...evil, "Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization" };
      for (const path of ["/api/sessions", "/trpc/settings.save", "/admin/sign-out"])
        expect((await ask(scene, `OPTIONS ${path}`, preflight)).head).not.toMatch(/^Access-Control-/im);
    },
  },
  {
    name: "another site shows the admin in a frame",
    must: "the browser is told not to",
    async run(scene) {
      for (const path of ["/", "/admin", "/admin/sign-in?token=x"]) {
        const answer = await ask(scene, `GET ${path}`);
        expect(field(answer, "Content-Security-Policy")).toContain("frame-ancestors 'none'");
      }
    },
  },
  {
    name: "another method in X-HTTP-Method-Override and in the query",
    must: "it is ignored",
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      const headers = { Cookie, "X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE" };
      expect((await ask(scene, "GET /api/sessions/session_x?_method=DELETE", headers)).status).toBe(400);
      expect((await ask(scene, "GET /api/sessions/session_x", headers)).status).toBe(404);
    },
  },
  refused("reading as a program on this machine, by X-Forwarded-For: 127.0.0.1", [401], listed, {
    "X-Forwarded-For": "127.0.0.1",
  }),
  refused("the same by a chain", [401], listed, { "X-Forwarded-For": "127.0.0.1, 203.0.113.7, ::1" }),
  refused("the same by Forwarded", [401], listed, { Forwarded: "for=127.0.0.1;proto=https" }),
  refused("the same by X-Real-IP", [401], listed, { "X-Forwarded-For": null, "X-Real-IP": "127.0.0.1" }),
  refused("another host name that leads here (DNS rebinding)", [401], listed, {
    "X-Forwarded-For": null,
    Host: "rebound.example",
  }),
  refused("a page on this machine", [401], listed, { "X-Forwarded-For": null, "Sec-Fetch-Site": "cross-site" }),
  refused("a thousand proxies in X-Forwarded-For", [401], listed, { "X-Forwarded-For": "127.0.0.1,".repeat(1_000) }),
  refused("a password instead of a token", [401], listed, { "X-Forwarded-For": null, Authorization: "Basic YWRtaW46YWRtaW4=" }),
  refused("a JWT without a signature as token", [401], listed, {
    Authorization: "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
  }),
  refused("a token with a null in it", [400, 401], listed, { Authorization: "Bearer lb_\u0001x" }),
  refused("400 cookies", [401], listed, {
    Cookie: Array.from({ length: 400 }, (_, at) => `lastbeat_admin_${at}=a.b.1.c`).join("; "),
  }),
  {
    name: "a cookie of an operator, signed with a guessed key, and an own one with any part changed",
    must: "answered with 401",
    async run(scene) {
      const [name = "", value = ""] = (await operatorCookie(scene)).split(/=(.*)/s);
      const parts = value.split(".");
      const payload = `${parts[0]}.${parts[1]}.9999999999999`;
      const forged = ["", "secret", "0".repeat(64)].map(
        (key) => `${payload}.${createHmac("sha256", key).update(payload).digest("base64url")}`,
      );
      const changed = parts.map((part, at) => parts.with(at, `${part}A`).join("."));
      for (const each of [...forged, ...changed.slice(0, -1), parts.slice(0, -1).join("."), `${payload}.`])
        expect((await ask(scene, listed, { Cookie: `${name}=${each}` })).status, each).toBe(401);
    },
  },
  {
    name: "the cookie is used again after the operator has signed out",
    must: "answered with 401 at every door",
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      expect((await ask(scene, "POST /admin/sign-out", { Cookie })).status).toBe(204);
      for (const path of ["/api/sessions", "/trpc/settings.get", "/trpc/system.overviewFeed"])
        expect((await ask(scene, `GET ${path}`, { Cookie })).status, path).toBe(401);
    },
  },
  {
    name: "a sign-in link is used a second time",
    must: "answered with 403",
    async run(scene) {
      const link = await newLink(scene);
      expect((await ask(scene, `GET ${link}`)).status).toBe(303);
      expect((await ask(scene, `GET ${link}`)).status).toBe(403);
    },
  },
  {
    name: "a scanner of links asks by HEAD",
    must: "the link works afterwards",
    async run(scene) {
      const link = await newLink(scene);
      for (let times = 0; times < 20; times += 1) expect((await ask(scene, `HEAD ${link}`)).status).toBe(403);
      expect((await ask(scene, `GET ${link}`)).status).toBe(303);
    },
  },
  {
    name: "the same link by 20 at once",
    must: "one of them is signed in",
    async run(scene) {
      const link = await newLink(scene);
      const answers = await scene.many(20, (at) => ask(scene, `GET ${link}`, { "X-Forwarded-For": scene.addressOf(at + 1) }));
      expect(countOf(answers, 303)).toBe(1);
    },
  },
  {
    name: `${guesses} guessed sign-in links`,
    must: "told to wait (429); a line of the log for many",
    async run(scene) {
      const answers: Answer[] = [];
      for (let at = 0; at < guesses; at += 20)
        answers.push(...(await scene.many(20, (i) => ask(scene, `GET /admin/sign-in?token=guess${at + i}`))));
      expect(countOf(answers, 403) + countOf(answers, 429)).toBe(guesses);
      expect(countOf(answers, 403)).toBeLessThan(40);
      const last = answers.at(-1) as Answer;
      expect(Number(field(last, "Retry-After"))).toBeGreaterThan(0);
      expect(linesOf(scene, /Refused a sign-in/)).toBeLessThanOrEqual(51);
      // The one with the right link is not locked out.
      expect((await ask(scene, `GET ${await newLink(scene)}`)).status).toBe(303);
    },
  },
  {
    name: `${guesses} guessed tokens`,
    must: "told to wait (429); a line of the log for many",
    async run(scene) {
      const answers: Answer[] = [];
      for (let at = 0; at < guesses; at += 20)
        answers.push(...(await scene.many(20, (i) => ask(scene, listed, { Authorization: `Bearer lb_${at + i}` }))));
      expect(countOf(answers, 401) + countOf(answers, 429)).toBe(guesses);
      expect(countOf(answers, 401)).toBeLessThan(40);
      expect(linesOf(scene, /Refused a REST request/)).toBeLessThanOrEqual(101);
    },
  },
  {
    name: "guesses from 250 addresses of one IPv6 network",
    must: "counted as one address",
    async run(scene) {
      const from = (at: number) => ({ "X-Forwarded-For": `2001:db8:${scene.tag.length}::${at.toString(16)}` });
      const answers = await scene.many(250, (at) => ask(scene, `GET /admin/sign-in?token=guess${at}`, from(at)));
      expect(countOf(answers, 429)).toBeGreaterThan(200);
    },
  },
  {
    name: "a subscription without a sign-in",
    must: "answered with 401, not 200",
    run: async (scene) => expect((await ask(scene, "GET /trpc/system.overviewFeed")).status).toBe(401),
  },
  {
    name: "every procedure by GET and by POST, without a sign-in",
    must: "none answers but those that are for anyone",
    async run(scene) {
      const paths = ["ends.list", "ends.stats", "sessions.list", "sessions.get", "sessions.end", "sessions.timeline"];
      const more = ["settings.get", "settings.save", "settings.restore", "system.view", "tokens.list", "tokens.create"];
      for (const path of [...paths, ...more, "tokens.revoke", "chat.send", "chat.history", "session.open"]) {
        for (const answer of [await ask(scene, `GET /trpc/${path}?input={}`), await post(scene, `/trpc/${path}`, {})])
          expect([401, 403, 404, 405, 412], `${path} ${answer.head}`).toContain(answer.status);
      }
    },
  },
]);
