import { expect, test } from "vitest";
import { acceptedCoding } from "./acceptedCoding.ts";

test.each([
  [undefined, undefined],
  ["", undefined],
  ["gzip, deflate, br, zstd", "br"],
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["GZIP", "gzip"],
  ["br;q=0.1, gzip;q=0.9", "gzip"],
  ["br;q=0, gzip;q=0", undefined],
  ["br; q=0.000, *", "gzip"],
  ["*", "br"],
  ["*;q=0", undefined],
  ["identity", undefined],
  ["identity;q=0.5, gzip;q=0.4", undefined],
  ["identity, br", "br"],
  ["deflate", undefined],
  ["gzip;q=much", undefined],
  ["gzip;q=7", undefined],
  [",,;;=,", undefined],
])("Accept-Encoding %j: %s", (header, coding) => expect(acceptedCoding(header, ["br", "gzip"])).toBe(coding));
