import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";

const DURATION_MS = 20_000;

test(
  "SEC1 SES2 whatever is sent at any door, the server stands it, sessions beside it go on, and every session ends once",
  async () => {
    const seed = Number(process.env.LASTBEAT_TEST_SEED ?? Date.now() % 2 ** 31);
    process.stdout.write(`fuzz seed ${seed}\n`);
    const { conversations, sessions } = await fuzz({ seed, durationMs: DURATION_MS });
    expect(conversations).toBeGreaterThan(50);
    expect(sessions).toBeGreaterThan(20);
  },
  DURATION_MS + 180_000,
);
