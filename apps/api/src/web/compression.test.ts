import { request } from "node:http";
import { expect, test } from "vitest";
import { startTestServer } from "../testing/testServer.ts";

/** Status and coding of an answer. Not `fetch`, which asks for codings of its own. */
function ask(url: string, accepted: string | undefined): Promise<string> {
  const headers = accepted === undefined ? {} : { "accept-encoding": accepted };
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(`${response.statusCode} ${response.headers["content-encoding"] ?? "as it is"}`));
    });
    asked.on("error", reject).end();
  });
}

test("for any Accept-Encoding, the response is readable in an accepted coding or uncompressed", async () => {
  await using running = await startTestServer();
  const url = `${running.http}/api/openapi.json`;
  const answers: [string | undefined, string][] = [
    [undefined, "200 as it is"],
    ["", "200 as it is"],
    ["gzip, deflate, br, zstd", "200 zstd"],
    ["gzip, deflate, br", "200 br"],
    ["GZip", "200 gzip"],
    ["x-gzip, identity;q=0", "200 gzip"],
    ["*", "200 gzip"],
    ["br;q=0.5, gzip", "200 gzip"],
    ["identity, gzip;q=0.5", "200 as it is"],
    ["*;q=0", "200 as it is"],
    ["identity;q=0", "200 as it is"],
    ["gzip;q=0, *;q=0", "200 as it is"],
    ["gzip;q=nothing, identity;q=0", "200 as it is"],
    [";;q, ,=", "200 as it is"],
  ];
  for (const [accepted, answer] of answers) expect(await ask(url, accepted), accepted).toBe(answer);
});
