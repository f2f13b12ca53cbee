import { describe, expect, it } from "vitest";
import { FailedAttempts, type FailedAttemptsOptions, retryAfter } from "./failedAttempts.ts";

function atZero(options: Pick<FailedAttemptsOptions, "longestWaitMs"> = {}) {
  const clock = { ms: 0 };
  return { clock, attempts: new FailedAttempts({ nowMs: () => clock.ms, ...options }) };
}

const fail = (attempts: FailedAttempts, address: string, times: number) => {
  for (let i = 0; i < times; i++) attempts.failed(address);
};

describe("failed attempts to sign in", () => {
  it("WEB4 nine are free, the tenth makes the address wait a second", () => {
    const { attempts } = atZero();
    fail(attempts, "192.0.2.1", 9);
    expect(attempts.waitMs("192.0.2.1")).toBe(0);
    expect(attempts.failed("192.0.2.1")).toBe(1_000);
    expect(attempts.waitMs("192.0.2.1")).toBe(1_000);
    expect(attempts.waitMs("192.0.2.2")).toBe(0);
  });

  it("WEB4 each further one doubles the wait, up to five minutes", () => {
    const { clock, attempts } = atZero();
    fail(attempts, "192.0.2.1", 10);
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      clock.ms += attempts.waitMs("192.0.2.1");
      waits.push(attempts.failed("192.0.2.1") / 1_000);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it("WEB4 attempts made while waiting do not lengthen the wait", () => {
    const { clock, attempts } = atZero();
    fail(attempts, "192.0.2.1", 5_000);
    expect(attempts.waitMs("192.0.2.1")).toBe(1_000);
    clock.ms += 1_000;
    expect(attempts.waitMs("192.0.2.1")).toBe(0);
  });

  it("WEB4 half an hour without a failure begins anew", () => {
    const { clock, attempts } = atZero();
    fail(attempts, "192.0.2.1", 10);
    clock.ms += 30 * 60_000 + 1;
    fail(attempts, "192.0.2.1", 9);
    expect(attempts.waitMs("192.0.2.1")).toBe(0);
  });

  it("WEB4 counts an IPv6 address by its /64 and a mapped one as IPv4", () => {
    const { attempts } = atZero();
    for (let i = 0; i < 10; i++) attempts.failed(`2001:db8::${i.toString(16)}`);
    expect(attempts.waitMs("2001:db8::ffff")).toBe(1_000);
    expect(attempts.waitMs("2001:db8:0:1::1")).toBe(0);
    fail(attempts, "::ffff:192.0.2.1", 10);
    expect(attempts.waitMs("192.0.2.1")).toBe(1_000);
  });

  it("WEB4 remembers a bounded number of addresses, those that failed last", () => {
    const { attempts } = atZero();
    fail(attempts, "198.51.100.1", 10);
    for (let i = 0; i < 20_000; i++) attempts.failed(`10.1.${i >> 8}.${i & 255}`);
    expect(attempts.waitMs("198.51.100.1")).toBe(0);
    fail(attempts, "198.51.100.2", 10);
    for (let i = 0; i < 19_000; i++) attempts.failed(`10.2.${i >> 8}.${i & 255}`);
    expect(attempts.waitMs("198.51.100.2")).toBe(1_000);
  });

  it("WEB4 the longest wait can be a short one", () => {
    const { clock, attempts } = atZero({ longestWaitMs: 5_000 });
    for (let i = 0; i < 30; i++) {
      clock.ms += attempts.waitMs("ada");
      attempts.failed("ada");
    }
    expect(attempts.waitMs("ada")).toBe(5_000);
  });

  it("WEB4 tells the wait in whole seconds, never less than it is", () => {
    expect([0, 1, 1_000, 1_001, 300_000].map(retryAfter)).toEqual(["1", "1", "1", "2", "300"]);
  });
});

describe("attempts under way", () => {
  const beginAll = (attempts: FailedAttempts, address: string, times: number) => {
    const begun: Disposable[] = [];
    for (let i = 0; i < times; i++) {
      try {
        begun.push(attempts.begin(address));
      } catch (error) {
        expect(error).toMatchObject({ code: "too_many_attempts", data: { retryAfterMs: 1_000 } });
      }
    }
    return begun;
  };

  it("WEB4 are four at a time from an address, and those that are over make room", () => {
    const { attempts } = atZero();
    const begun = beginAll(attempts, "192.0.2.1", 100);
    expect(begun).toHaveLength(4);
    expect(beginAll(attempts, "192.0.2.2", 1)).toHaveLength(1);
    begun[0]?.[Symbol.dispose]();
    expect(beginAll(attempts, "192.0.2.1", 100)).toHaveLength(1);
  });

  it("WEB4 count as failed, so that many at once are no way past the wait", () => {
    const { clock, attempts } = atZero();
    fail(attempts, "192.0.2.1", 8);
    expect(beginAll(attempts, "192.0.2.1", 100).map((one) => one[Symbol.dispose]())).toHaveLength(2);
    fail(attempts, "192.0.2.1", 2);
    expect(beginAll(attempts, "192.0.2.1", 100)).toHaveLength(0);
    clock.ms += 1_000;
    expect(beginAll(attempts, "192.0.2.1", 100)).toHaveLength(1);
  });

  it("WEB4 are forgotten when they are over", () => {
    const { attempts } = atZero();
    for (let i = 0; i < 100; i++) attempts.begin("192.0.2.1")[Symbol.dispose]();
    expect(beginAll(attempts, "192.0.2.1", 100)).toHaveLength(4);
  });
});
