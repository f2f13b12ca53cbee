/** Receives webhooks: checks who sent them, does the work once per message, and answers. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const secret = process.env.WEBHOOK_SECRET ?? "";
if (secret === "") throw new Error("set WEBHOOK_SECRET to the secret of the webhook");

/** Whether this server sent the body, and less than five minutes ago. */
function isGenuine(body: string, header: string): boolean {
  const [, seconds = "", hex = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  const expected = createHmac("sha256", secret).update(`${seconds}.${body}`).digest();
  const given = Buffer.from(hex, "hex");
  return (
    given.length === expected.length && timingSafeEqual(given, expected) && Math.abs(Date.now() / 1_000 - Number(seconds)) < 300
  );
}

/** What was done already. A real receiver keeps it in its database, in the transaction of its work. */
const done = new Set<string>();

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces).toString();
    if (!isGenuine(body, String(request.headers["lastbeat-signature"]))) return void response.writeHead(401).end();
    const { id, end } = JSON.parse(body) as { id: string; end: { user: string; reason: string } };
    if (!done.has(id)) console.log(`${end.user} left: ${end.reason} (${id})`);
    done.add(id);
    response.writeHead(204).end();
  });
});

server.listen(Number(process.env.PORT ?? 9_000), "127.0.0.1", () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
process.on("SIGTERM", () => process.exit(0));
