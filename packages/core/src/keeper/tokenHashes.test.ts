import { expect, it } from "vitest";
import { systemRandom } from "../ports/random.ts";
import { matchesResumeToken, mintResumeToken } from "./resumeToken.ts";
import { TokenHashes } from "./tokenHashes.ts";

it("SES5 every row keeps the hash of its own token, and the latest only", () => {
  const hashes = new TokenHashes();
  const rows = [0, 1, 1_023, 1_024, 5_000];
  const first = rows.map((row) => {
    const { token, hash } = mintResumeToken(systemRandom);
    hashes.set(row, hash);
    return token;
  });
  for (const [at, row] of rows.entries())
    expect(first.map((token) => matchesResumeToken(token, hashes.get(row)))).toEqual(first.map((_, other) => other === at));
  const { token, hash } = mintResumeToken(systemRandom);
  hashes.set(1_023, hash);
  expect(matchesResumeToken(token, hashes.get(1_023))).toBe(true);
  expect(matchesResumeToken(first[2] as string, hashes.get(1_023))).toBe(false);
});

it("SES5 no token matches where there is no hash", () => {
  expect(matchesResumeToken("", new TokenHashes().get(7))).toBe(false);
  expect(matchesResumeToken("", "")).toBe(false);
});
