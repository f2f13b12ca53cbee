import { describe, expect, test } from "vitest";
import { addressRules, isAddressRule } from "./addressRules.ts";

describe("SET1 server.trusted_proxies", () => {
  test.each(["loopback", "10.0.0.1", "10.0.0.0/8", "10.1.2.3/8", "0.0.0.0/0", "2001:db8::/32", "::1", "::1/128"])(
    "takes %s",
    (rule) => expect(isAddressRule(rule)).toBe(true),
  );

  test.each([
    "",
    "Loopback",
    "localhost",
    "10.0.0",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "/8",
    "2001:db8::/129",
    "fe80::1%eth0",
    "10.0.0.0/-1",
    10,
    null,
  ])("does not take %s", (rule) => expect(isAddressRule(rule)).toBe(false));

  test.each([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["10.255.0.1", true],
    ["11.0.0.1", false],
    ["2001:db8:5::1", true],
    ["2001:DB9::1", false],
    ["192.0.2.7", true],
    ["192.0.2.8", false],
    ["unknown", false],
  ])("%s is named: %s", (address, named) => {
    expect(addressRules(["loopback", "10.0.0.0/8", "2001:db8::/32", "192.0.2.7"])(address)).toBe(named);
  });
});
