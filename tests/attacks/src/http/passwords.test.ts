/** Those who guess passwords, or have a browser guess them. */
import { expect } from "vitest";
import { attacks } from "../harness/attack.ts";
import { type Answer, ask, linesOf, operatorCookie, post, refused } from "./asking.ts";

/** argon2id takes 19 MiB for each password that is compared, two at once; the allocator gives it back late. */
const HASHING_MIB = 160;
const json = { "Content-Type": "application/json" };
const signIn = "POST /admin/sign-in";
const wrong = (name: string, at: number) => JSON.stringify({ name, password: `guess ${at}` });
const countOf = (answers: readonly Answer[], status: number) => answers.filter((answer) => answer.status === status).length;

attacks("HTTP sign-in with a password", {}, [
  {
    name: "200 guessed passwords, one after another",
    must: "told to wait (429) after nine",
    growthMiB: HASHING_MIB,
    async run(scene) {
      const answers: Answer[] = [];
      for (let at = 0; at < 200; at += 1) answers.push(await ask(scene, signIn, json, wrong("admin", at)));
      expect(answers.slice(0, 9).map(({ status }) => status)).toEqual(Array(9).fill(401));
      expect(countOf(answers, 401)).toBeLessThan(20);
      expect(countOf(answers, 401) + countOf(answers, 429)).toBe(200);
      expect(linesOf(scene, /Refused/)).toBeLessThanOrEqual(101);
    },
  },
  {
    name: "200 guessed passwords at once",
    must: "told to wait (429); at most ten are compared",
    growthMiB: HASHING_MIB,
    async run(scene) {
      const answers = await scene.many(200, (at) => ask(scene, signIn, json, wrong("admin", at)));
      expect(countOf(answers, 401)).toBeLessThanOrEqual(10);
      expect(countOf(answers, 401) + countOf(answers, 429) + countOf(answers, 503)).toBe(200);
    },
  },
  {
    name: "one name from 200 addresses",
    must: "told to wait (429)",
    growthMiB: HASHING_MIB,
    async run(scene) {
      const from = (at: number) => ({ ...json, "X-Forwarded-For": scene.addressOf(at + 1) });
      const answers: Answer[] = [];
      for (let at = 0; at < 200; at += 5)
        answers.push(...(await scene.many(5, (i) => ask(scene, signIn, from(at + i), wrong("root", at + i)))));
      expect(countOf(answers, 401)).toBeLessThan(40);
    },
  },
  {
    name: "the length of the answer's time, for a name that exists and one that does not",
    must: "the same answer",
    async run(scene) {
      const [one, other] = [
        await ask(scene, signIn, json, wrong("operator", 1)),
        await ask(scene, signIn, json, wrong("nobody", 1)),
      ];
      expect([one.status, one.body]).toEqual([other.status, other.body]);
    },
  },
  {
    name: "a form of another site signs the browser in as somebody else",
    must: "refused",
    async run(scene) {
      const body = "name=eve&password=eve";
      for (const type of ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
        expect((await ask(scene, signIn, { "Content-Type": type }, body)).status, type).toBe(400);
      expect((await ask(scene, signIn, { ...json, Origin: "https://evil.example" }, wrong("eve", 1))).status).toBe(403);
    },
  },
  refused(
    "a guessed link with a new password",
    [400, 403],
    "POST /admin/set-password",
    json,
    '{"link":"guess","name":"eve","password":"correct horse battery"}',
  ),
  refused("a password of 60 KB", [400, 401], signIn, json, JSON.stringify({ name: "admin", password: "x".repeat(60_000) })),
  refused("a password of 100 KB", [413], signIn, json, JSON.stringify({ name: "admin", password: "x".repeat(100_000) })),
  refused("a name that every object has", [400, 401], signIn, json, '{"name":"__proto__","password":"x"}'),
  refused("a name and a password that are objects", [400], signIn, json, '{"name":{"$ne":""},"password":{"$ne":""}}'),
  {
    name: "accounts and tokens made, changed and listed without the right to",
    must: "answered with 401",
    async run(scene) {
      for (const path of [
        "operators.add",
        "operators.change",
        "operators.link",
        "operators.endSignIn",
        "tokens.create",
        "tokens.revoke",
      ])
        expect((await post(scene, `/trpc/${path}`, { name: "eve", role: "admin" })).status, path).toBe(401);
      for (const path of ["operators.list", "operators.signIns", "account.get", "tokens.list"])
        expect((await ask(scene, `GET /trpc/${path}`)).status, path).toBe(401);
    },
  },
  {
    name: "an operator changes his password with a guessed one, 50 times",
    must: "told to wait (429)",
    async run(scene) {
      const headers = { Cookie: await operatorCookie(scene) };
      const answers: Answer[] = [];
      for (let at = 0; at < 50; at += 1)
        answers.push(
          await post(scene, "/trpc/account.setPassword", { current: `guess ${at}`, password: "correct horse battery" }, headers),
        );
      expect(countOf(answers, 200)).toBe(0);
      expect(countOf(answers, 429)).toBeGreaterThan(30);
    },
  },
]);
