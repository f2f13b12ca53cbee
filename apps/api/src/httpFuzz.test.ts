/**
 * Whatever is sent to an HTTP door, the server answers or hangs up, and lives. A run prints its seed when it fails;
 * `LASTBEAT_TEST_SEED=<seed>` sends the same requests, `LASTBEAT_FUZZ_SECONDS` makes a longer run (`npm run fuzz:http`).
 */
import { connect } from "node:net";
import { createSeededRandom, type SeededRandom } from "@lastbeat/core/testing";
import { eventually } from "@lastbeat/support/eventually";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import { expect, test } from "vitest";
import { fuzzRequest } from "./testing/httpFuzz.ts";

const seconds = Number(process.env.LASTBEAT_FUZZ_SECONDS ?? 10);
const seed = Number(process.env.LASTBEAT_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const PARALLEL = 8;
/** What a connection may stay silent for before its client hangs up. */
const SILENCE_MS = 150;
const MAX_GROWTH_BYTES = 200 * 2 ** 20;

interface Talk {
  readonly sent: Buffer;
  readonly answer: string;
}

/** Sends a few requests over one connection and hears what comes, until either side has had enough. */
function talk(server: ScratchServer, random: SeededRandom, cookie: string): Promise<Talk> {
  const sent = Buffer.concat(Array.from({ length: 1 + random.int(3) }, () => fuzzRequest(random, cookie)));
  const isRude = random.chance(0.1);
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(server.http).port), "127.0.0.1", () => {
      socket.write(sent);
      if (isRude) socket.destroy();
    });
    let answer = "";
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on("data", (data) => {
      if (answer.length < 100_000) answer += data.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve({ sent, answer }));
  });
}

async function signIn(server: ScratchServer): Promise<string> {
  const path = await eventually(
    () => /\/admin\/sign-in\?token=\S+/.exec(server.output())?.[0] ?? Promise.reject(new Error("no link")),
  );
  const response = await fetch(`${server.http}${path}`, { redirect: "manual" });
  return (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
}

/** Answers of 500, and stacks in answers of any kind. */
function isHarm({ answer }: Talk): boolean {
  return /HTTP\/1\.1 500 /.test(answer) || /\n\s+at .*\.(?:ts|js):\d+/.test(answer);
}

const isAnswered = async (server: ScratchServer) => expect((await fetch(`${server.http}/healthz`)).status).toBe(200);

test(
  "no request that can be sent ends the server, makes it fail, or makes it grow",
  async () => {
    await using server = await startScratchServer();
    const cookie = await signIn(server);
    const repeat = `LASTBEAT_TEST_SEED=${seed} repeats it`;
    const worker = async (number: number, untilMs: number) => {
      const random = createSeededRandom(seed + number);
      while (performance.now() < untilMs) {
        const spoken = await talk(server, random, cookie);
        if (isHarm(spoken))
          throw new Error(`${repeat}:\n${spoken.sent.toString("latin1").slice(0, 4_000)}\n→\n${spoken.answer.slice(0, 4_000)}`);
      }
    };
    const all = (forMs: number) => Promise.all(Array.from({ length: PARALLEL }, (_, i) => worker(i, performance.now() + forMs)));
    await all(seconds * 300);
    const warmBytes = server.process.ownBytes();
    await all(seconds * 700);

    await eventually(() => isAnswered(server));
    const failures = server
      .output()
      .split("\n")
      .filter((line) => / ERROR |stack=/.test(line));
    expect(failures.slice(0, 5), repeat).toEqual([]);
    expect(server.process.ownBytes() - warmBytes, repeat).toBeLessThan(MAX_GROWTH_BYTES);
    expect(await server.stop(), repeat).toBe(0);
  },
  seconds * 1_000 + 60_000,
);
