/** A receiver of webhooks in a process of its own: `node receiver.ts <answers|fails|hangs>`; prints its port. Ends with its input. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const [how = ""] = process.argv.slice(2);
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    if (how !== "hangs") response.writeHead(how === "fails" ? 500 : 204).end();
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.stdin.on("end", () => process.exit(0)).resume();
