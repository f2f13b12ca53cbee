import { expect, test } from "vitest";
import { byteRange } from "./byteRange.ts";

test.each([
  [undefined, "whole"],
  ["", "whole"],
  ["bytes=0-0", { first: 0, last: 0 }],
  ["bytes=2-5", { first: 2, last: 5 }],
  ["BYTES=2-5", { first: 2, last: 5 }],
  ["bytes=2-", { first: 2, last: 9 }],
  ["bytes=2-500", { first: 2, last: 9 }],
  ["bytes=-3", { first: 7, last: 9 }],
  ["bytes=-500", { first: 0, last: 9 }],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=5-2", "unsatisfiable"],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=10-12", "unsatisfiable"],
  ["bytes=99999999999999999999999-", "unsatisfiable"],
  ["bytes=20-30,40-", "unsatisfiable"],
  ["bytes=0-1,4-5", "whole"],
  ["bytes=0-1,40-50", "whole"],
  ["bytes=", "whole"],
  ["bytes=-", "whole"],
  ["bytes=a-b", "whole"],
  ["bytes=1-2x", "whole"],
  ["bytes=1-2,x", "whole"],
  ["bytes=--5", "whole"],
  ["bytes=1.5-2", "whole"],
  ["bytes=0x1-2", "whole"],
  ["bytes", "whole"],
  ["lines=1-2", "whole"],
])("of ten bytes, %s is %j", (header, range) => expect(byteRange(header, 10)).toEqual(range));

test.each(["bytes=0-0", "bytes=-1", "bytes=0-"])("of an empty file, %s cannot be satisfied", (header) =>
  expect(byteRange(header, 0)).toBe("unsatisfiable"),
);
