import fc from "fast-check";
import { expect, it } from "vitest";
import type { RefusalCause } from "../ports/ledger.ts";
import { refuseConnection, refuseSession } from "../rules/admission.ts";
import type { Settings } from "../settings/settings.ts";
import { validSettings } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { Admission } from "./admission.ts";

const ADDRESSES = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
const MINUTE_MS = 60_000;

const load = fc.record({ users: fc.nat(30), memoryHard: fc.boolean(), shuttingDown: fc.boolean() });
const limits = fc.record({
  maxSessions: fc.integer({ min: 1, max: 20 }),
  maxConnectionsPerAddress: fc.nat(5),
  connectionRatePerAddress: fc.nat(5),
});

it("SES1 an accepted connection exceeds no limit, and a refused one would exceed the limit named as the cause", () => {
  holds(
    fc.property(validSettings(), limits, load, fc.nat(8), fc.nat(8), (base, some, now, held, recent) => {
      const settings = { ...base, ...some };
      const broken: Partial<Record<RefusalCause, boolean>> = {
        shutting_down: now.shuttingDown,
        address_limit: settings.maxConnectionsPerAddress > 0 && held + 1 > settings.maxConnectionsPerAddress,
        connection_rate: settings.connectionRatePerAddress > 0 && recent + 1 > settings.connectionRatePerAddress,
      };
      const cause = refuseConnection(now, settings, { held, recent });
      expect(cause === null).toBe(!Object.values(broken).includes(true));
      if (cause !== null) expect(broken[cause]).toBe(true);
    }),
    300,
  );
});

it("SES1 a session is refused exactly when a limit says so", () => {
  holds(
    fc.property(validSettings(), limits, load, fc.boolean(), (base, some, now, ledgerAccepts) => {
      const settings = { ...base, ...some };
      const cause = refuseSession(now, settings, ledgerAccepts);
      const may = !now.shuttingDown && ledgerAccepts && !now.memoryHard && now.users < settings.maxSessions;
      expect(cause === null).toBe(may);
    }),
  );
});

interface Step {
  readonly address: string;
  readonly do: "connect" | "connect" | "leave" | "wait";
  readonly ms: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  address: fc.constantFrom(...ADDRESSES),
  do: fc.constantFrom("connect", "connect", "leave", "wait"),
  ms: fc.nat(400).map((ticks) => ticks * 100),
});

/** The admission of a server, beside a naive model of it. */
class Doors {
  readonly admission = new Admission();
  readonly opened = new Map<string, number[]>(ADDRESSES.map((address) => [address, []]));
  readonly held = new Map<string, number>(ADDRESSES.map((address) => [address, 0]));
  refused = 0;
  written = 0;
  readonly #settings: Settings;
  #nowMs = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  run({ address, do: what, ms }: Step): void {
    if (what === "wait") {
      this.#nowMs += ms;
      this.admission.advance(this.#nowMs, this.#write);
    } else if (what === "connect") this.#connect(address);
    else if ((this.held.get(address) ?? 0) > 0) {
      this.admission.disconnected(address);
      this.held.set(address, (this.held.get(address) ?? 0) - 1);
    }
    expect(this.admission.heldBy(address).held).toBe(this.held.get(address));
  }

  flush(): void {
    this.admission.flush(this.#nowMs, this.#write);
  }

  #connect(address: string): void {
    const now = { users: 0, memoryHard: false, shuttingDown: false };
    const cause = refuseConnection(now, this.#settings, this.admission.heldBy(address));
    if (cause !== null) {
      this.admission.refused(cause);
      this.refused += 1;
      return;
    }
    this.admission.connected(address, this.#settings.connectionRatePerAddress > 0);
    this.held.set(address, (this.held.get(address) ?? 0) + 1);
    this.opened.get(address)?.push(this.#nowMs);
  }

  readonly #write = ({ count }: { count: number }) => {
    this.written += count;
  };
}

/** The most connections opened within any minute that begins with one of them. */
const mostInAMinute = (times: readonly number[]) =>
  Math.max(0, ...times.map((start) => times.filter((time) => time >= start && time < start + MINUTE_MS).length));

it("SES1 no address exceeds its rate in any minute or its connection limit, and each refusal is written once", () => {
  holds(
    fc.property(validSettings(), limits, fc.array(step, { maxLength: 120 }), (base, some, steps) => {
      const settings = { ...base, ...some };
      const doors = new Doors(settings);
      for (const next of steps) doors.run(next);
      const { maxConnectionsPerAddress: mayHold, connectionRatePerAddress: rate } = settings;
      for (const address of ADDRESSES) {
        if (mayHold > 0) expect(doors.held.get(address)).toBeLessThanOrEqual(mayHold);
        if (rate > 0) expect(mostInAMinute(doors.opened.get(address) ?? [])).toBeLessThanOrEqual(rate);
      }
      doors.flush();
      expect(doors.written).toBe(doors.refused);
      expect(Object.values(doors.admission.totals()).reduce((sum, count) => sum + count, 0)).toBe(doors.refused);
    }),
  );
});
