import { defaultSettings } from "@lastbeat/core";
import { expect, test } from "vitest";
import { type Exposure, exposureIssues, isExposed, isRisk, risks } from "./exposure.ts";

const limited = { ...defaultSettings, maxConnectionsPerAddress: 100, connectionRatePerAddress: 600 };
const sound: Exposure = { host: "0.0.0.0", trustedProxies: ["10.0.0.2"], usersMode: "jwt", settings: limited };
const nowhere = () => null;

test.each([
  ["127.0.0.1", false],
  ["127.1.2.3", false],
  ["::1", false],
  ["localhost", false],
  ["LOCALHOST", false],
  ["0.0.0.0", true],
  ["::", true],
  ["192.168.1.5", true],
  ["chat.internal", true],
  ["localhost.example.com", true],
])("RUN1 %s is reachable from other machines: %s", (host, exposed) => expect(isExposed(host)).toBe(exposed));

test.each([
  [{ usersMode: "guest" }, ["users.mode", "guests"]],
  [{ settings: { ...limited, maxConnectionsPerAddress: 0 } }, ["websocket.max_connections_per_address", "no_limits"]],
  [{ settings: { ...limited, connectionRatePerAddress: 0 } }, ["websocket.connection_rate_per_address", "no_limits"]],
  [{ trustedProxies: [] }, ["server.trusted_proxies", "plain_http"]],
] as const)("RUN1 %j is one issue, unless accepted by its name or on loopback", (lacking, [field, risk]) => {
  const exposure = { ...sound, ...lacking };
  const issues = exposureIssues(exposure, [], nowhere);
  expect(issues).toEqual([{ field, message: expect.stringMatching(new RegExp(`${risk} in server\\.accept_risks$`)) }]);
  expect(exposureIssues(exposure, [risk], nowhere)).toEqual([]);
  expect(
    exposureIssues(
      exposure,
      risks.filter((other) => other !== risk),
      nowhere,
    ),
  ).toEqual(issues);
  expect(exposureIssues({ ...exposure, host: "127.0.0.1" }, [], nowhere)).toEqual([]);
});

test("RUN1 a sound configuration has no issue, and an issue says where the value was written", () => {
  expect(exposureIssues(sound, [], nowhere)).toEqual([]);
  const [issue] = exposureIssues({ ...sound, usersMode: "guest" }, [], (path) => `config/config.yaml:3:9 ${path}`);
  expect(issue?.field).toBe("config/config.yaml:3:9 users.mode");
  expect([isRisk("guests"), isRisk("everything")]).toEqual([true, false]);
});
