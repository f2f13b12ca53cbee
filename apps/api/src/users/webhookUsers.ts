/**
 * Users about whom their own application is asked at each hello (rule WHO2): a signed POST, answered with who it is. What is asked twice at
 * once is asked once; an answer is kept for as long as it says.
 */
import type { KeeperLog } from "@lastbeat/core";
import { z } from "zod";
import type { WebhookUsersConfig } from "../config/userFields.ts";
import { userName } from "../contract/inputs.ts";
import { signatureOf } from "../webhooks/signature.ts";
import { boundedFetch } from "./boundedFetch.ts";
import { Circuit } from "./circuit.ts";
import { type Claim, type Identified, type Identify, refusedUser, unknownNow } from "./identity.ts";
import { roomRules } from "./roomRules.ts";
import { Turns } from "./turns.ts";
import { userIdText } from "./userId.ts";

const ANSWER_MAX_BYTES = 65_536;
/** Answers kept at most; the oldest is dropped first. */
const MAX_KEPT = 10_000;
const MAX_KEPT_SECONDS = 3_600;

const answer = z.object({
  id: userIdText,
  name: userName,
  rooms: roomRules.optional(),
  /** Unix seconds. */
  expires_at: z.number().int().min(0).max(8_640_000_000_000).optional(),
  /** For how many seconds the same question need not be asked again. */
  cache_for: z.number().min(0).max(MAX_KEPT_SECONDS).default(0),
});

interface Kept {
  readonly identified: Identified;
  /** Monotonic, in milliseconds. */
  readonly untilMs: number;
}

export interface WebhookUsers {
  readonly config: WebhookUsersConfig;
  readonly secret: string;
  readonly now: () => number;
  readonly log: KeeperLog;
}

export function createWebhookUsers(parts: WebhookUsers): Identify {
  const asker = new Asker(parts);
  return (claim) => asker.identify(claim);
}

class Asker {
  readonly #parts: WebhookUsers;
  readonly #circuit = new Circuit();
  readonly #turns: Turns;
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<Identified>>();

  constructor(parts: WebhookUsers) {
    this.#parts = parts;
    this.#turns = new Turns({ atOnce: parts.config.maxConcurrent, waitMs: parts.config.timeoutMs });
  }

  identify({ fresh = false, name, token, room, address, client }: Claim): Identified | Promise<Identified> {
    const body = JSON.stringify({ name, token, room, address, client });
    const kept = fresh ? undefined : this.#kept.get(body);
    if (kept !== undefined && performance.now() < kept.untilMs) return kept.identified;
    const asking = this.#asking.get(body) ?? this.#ask(body).finally(() => this.#asking.delete(body));
    this.#asking.set(body, asking);
    return asking;
  }

  async #ask(body: string): Promise<Identified> {
    try {
      return await this.#turns.take(() => this.#post(body));
    } catch (thrown) {
      this.#parts.log.warn("The application cannot be asked who a user is", { error: thrown });
      return unavailable;
    }
  }

  async #post(body: string): Promise<Identified> {
    const { config, secret, now } = this.#parts;
    if (!this.#circuit.allows(performance.now())) throw new Error("it failed three times in a row, and is left alone for 5 s");
    let given: unknown;
    try {
      const response = await boundedFetch(config.url ?? "", {
        method: "POST",
        body,
        headers: { "content-type": "application/json", "lastbeat-signature": signatureOf(body, { secret, atMs: now() }) },
        signal: AbortSignal.timeout(config.timeoutMs),
        limitBytes: ANSWER_MAX_BYTES,
      });
      given = await answerOf(response);
      this.#circuit.succeeded();
    } catch (thrown) {
      this.#circuit.failed(performance.now());
      throw thrown;
    }
    // What one user's answer says must not make the application count as down for everybody.
    return given === null ? refusedUser("your application did not let you in") : this.#read(body, given);
  }

  /** @throws {Error} if it is not an answer to the question: whoever is at fault, nobody is let in. */
  #read(body: string, given: unknown): Identified {
    const read = answer.safeParse(given);
    if (!read.success)
      throw new Error(`its answer is not valid: ${read.error.issues.map(({ path }) => path.join(".")).join(", ")}`);
    const { id, name, rooms = null, expires_at, cache_for } = read.data;
    const expiresAtMs = expires_at === undefined ? null : expires_at * 1_000;
    if (expiresAtMs !== null && expiresAtMs <= this.#parts.now()) return refusedUser("your sign-in has expired");
    const identified: Identified = { ok: true, identity: { userId: id, name, rooms, expiresAtMs } };
    const leftMs = expiresAtMs === null ? Number.POSITIVE_INFINITY : expiresAtMs - this.#parts.now();
    this.#keep(body, { identified, untilMs: performance.now() + Math.min(cache_for * 1_000, leftMs) });
    return identified;
  }

  #keep(body: string, kept: Kept): void {
    this.#kept.delete(body);
    if (kept.untilMs <= performance.now()) return;
    this.#kept.set(body, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
  }
}

/** What the application answered; `null` if it refuses the user. @throws {Error} if it does not work. */
async function answerOf(response: Response): Promise<unknown> {
  if (response.status >= 400 && response.status < 500 && response.status !== 429) return null;
  if (response.status !== 200) throw new Error(`it answered with status ${response.status}`);
  return response.json();
}

const unavailable = unknownNow("your application cannot be asked who you are now; try again later");
