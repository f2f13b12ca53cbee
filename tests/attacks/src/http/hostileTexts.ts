/** Texts that a careless server takes for something else: paths, SQL, searches, patterns. */

const up = "../../../../../../../../etc/passwd";
export const traversals = [
  `/${up}`,
  `/${up.replaceAll("../", "%2e%2e/")}`,
  `/${up.replaceAll("../", "..%2f")}`,
  `/${up.replaceAll("../", "%2e%2e%2f")}`,
  `/${up.replaceAll("../", "%252e%252e%252f")}`,
  `/${up.replaceAll("../", "..\\")}`,
  `/${up.replaceAll("../", "..%5c")}`,
  `/${up.replaceAll("../", "....//")}`,
  `/${up.replaceAll("../", "..;/")}`,
  `/${up.replaceAll("../", "%c0%ae%c0%ae%c0%af")}`,
  `/admin/${up}`,
  `/admin/_app/${up.replaceAll("../", "%2e%2e%2f")}`,
  `/index.html%00.js`,
  `/%00`,
  "//etc/passwd",
  "/file:///etc/passwd",
  "/../package.json",
  "/%2e%2e/%2e%2e/%2e%2e/package.json",
  "/..%2f..%2f..%2fdata/operators.json",
  "/.env",
  "/.git/config",
  "/app.log",
  "/lastbeat.db",
  "/operators.json",
];

/** Values of a filter that a careless query would run. */
export const injections = [
  "' OR '1'='1",
  "'; DROP TABLE ends; --",
  '" OR ""="',
  "x') UNION SELECT secret FROM tokens --",
  "%",
  "_",
  "\\",
  "a\u0000b",
  "1; ATTACH DATABASE '/tmp/x' AS y",
];
export const searches = [
  '"',
  '""',
  "*",
  "a*",
  "NEAR(a b)",
  "a AND",
  "OR",
  "NOT a",
  "user:x",
  "^a",
  "(",
  "{a b}:c",
  "-",
  "a -b",
  "col : x",
  "\u{1f600}",
];
export const backtracking = [
  "(a+)+$",
  "a".repeat(5_000),
  `${"a".repeat(100)}!`,
  "(".repeat(200),
  "[[:alpha:]]*".repeat(50),
  "\\".repeat(400),
];
