import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTestBench } from "../testing/bench.ts";
import { holds } from "../testing/property.ts";
import { addressGroup } from "./admission.ts";

describe("addressGroup", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.33", "64:ff9b:0:0::/64"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["0:0:0:0:0:ffff:cb00:7107", "203.0.113.7"],
    ["unknown", "unknown"],
    ["", ""],
    ["::1::2", "::1::2"],
    ["1:2:3", "1:2:3"],
    ["g::1", "g::1"],
  ])("SES1 %s counts as %s", (address, group) => expect(addressGroup(address)).toBe(group));

  it("SES1 all addresses of a /64 have one group, and no others have it", () => {
    const bits = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 });
    const text = (groups: number[]) => groups.map((group) => group.toString(16)).join(":");
    holds(
      fc.property(bits, bits, bits, (network, a, b) => {
        const [first, second] = [a, b].map((host) =>
          addressGroup(`${text([...network.slice(0, 3), network[3] === 0 ? 1 : (network[3] ?? 1)])}:${text(host)}`),
        );
        expect(first).toBe(second);
        expect(first).toMatch(/::\/64$/);
      }),
    );
  });

  it("SES1 never throws, whatever the text", () => {
    holds(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789abcdef:.%/x") }), (text) => {
        expect(typeof addressGroup(text)).toBe("string");
      }),
    );
  });
});

describe("the limit per address", () => {
  it("SES1 counts a whole IPv6 /64, and an IPv4 address in both of its forms", () => {
    const { connect } = createTestBench({ settings: { maxConnectionsPerAddress: 2 } });
    const from = (address: string) => connect({ address });
    from("2001:db8:0:1::1");
    const second = from("2001:db8:0:1:ffff::2");
    expect(() => from("2001:db8:0:1::3")).toThrow("refused");
    from("2001:db8:0:2::1");
    second.connection.closed(1000, "");
    from("2001:db8:0:1::3");
    from("203.0.113.7");
    from("::ffff:203.0.113.7");
    expect(() => from("203.0.113.7")).toThrow("refused");
  });
});
