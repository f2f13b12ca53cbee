import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../../../packages/core/src/testing/property.ts";
import { TrustedProxies } from "./trustedProxies.ts";

const bits = fc.constantFrom(
  "for=",
  "proto=https",
  "host=a",
  '"',
  "[",
  "]",
  ":",
  ";",
  ",",
  " ",
  "\t",
  "\\",
  "10.0.0.1",
  "203.0.113.7",
  "::1",
  "é",
  "=",
  "unknown",
  "9",
);
const junk = fc.array(bits, { maxLength: 40 }).map((parts) => parts.join(""));
const headers = fc.record(
  { forwarded: junk, "x-forwarded-for": junk, "x-forwarded-host": junk, "x-forwarded-proto": junk, "x-forwarded-port": junk },
  { requiredKeys: [] },
);
const proxies = new TrustedProxies(["loopback", "10.0.0.0/8"], { warn: () => {} });
const originOf = (given: object, remoteAddress = "127.0.0.1") =>
  proxies.originOf({ socket: { remoteAddress }, headers: { host: "own", ...given } } as unknown as IncomingMessage);

test("any proxy headers yield an address and nothing is thrown", () => {
  holds(
    fc.property(headers, (given) => {
      const { address, host, scheme } = originOf(given);
      expect(isIP(address)).not.toBe(0);
      expect(host).toMatch(/^[\w.:[\]-]+$/);
      expect([null, "http", "https"]).toContain(scheme);
    }),
    500,
  );
});

test("whatever a client prepends, its own address is found", () => {
  holds(
    fc.property(junk, (front) => {
      expect(originOf({ "x-forwarded-for": `${front}, 198.51.100.9` }).address).toBe("198.51.100.9");
    }),
    500,
  );
});
