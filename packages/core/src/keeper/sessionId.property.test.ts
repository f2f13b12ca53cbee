import fc from "fast-check";
import { expect, it } from "vitest";
import { systemRandom } from "../ports/random.ts";
import { holds } from "../testing/property.ts";
import { createSeededRandom } from "../testing/seededRandom.ts";
import { matchesResumeToken, mintResumeToken } from "./resumeToken.ts";
import { isSessionId, makeSessionId } from "./sessionId.ts";

const wallMs = fc.nat(2 ** 31 - 1).map((seconds) => seconds * 1_000);

it("SES2 ids are well-formed, sort by time of opening, and are unique", () => {
  holds(
    fc.property(wallMs, wallMs, fc.nat(), (first, second, seed) => {
      const random = createSeededRandom(seed);
      const [a, b] = [makeSessionId(first, random), makeSessionId(second, random)];
      expect(isSessionId(a)).toBe(true);
      expect(a).not.toBe(b);
      if (first !== second) expect(a < b).toBe(first < second);
    }),
  );
});

it("SES2 ten thousand ids made in the same millisecond are all different", () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => makeSessionId(1_700_000_000_000, systemRandom)));
  expect(ids.size).toBe(10_000);
});

it("SES2 only ids that need no escaping anywhere are valid", () => {
  holds(
    fc.property(fc.string({ maxLength: 80 }), (tail) => {
      expect(isSessionId(`session_${tail}`)).toBe(/^[A-Za-z0-9_-]{6,64}$/.test(tail));
    }),
    500,
  );
});

it("SES5 a token matches its own hash and no other", () => {
  holds(
    fc.property(fc.nat(), fc.string(), (seed, guess) => {
      const random = createSeededRandom(seed);
      const [mine, other] = [mintResumeToken(random), mintResumeToken(random)];
      expect(matchesResumeToken(mine.token, mine.hash)).toBe(true);
      expect(matchesResumeToken(mine.token, other.hash)).toBe(false);
      expect(matchesResumeToken(guess, mine.hash)).toBe(guess === mine.token);
    }),
  );
});
