/** Reads a request's JSON body, with a size limit. */
import type { IncomingMessage } from "node:http";
import { parseClientJson } from "../contract/clientJson.ts";
import { failure } from "../contract/errors.ts";

const MAX_BYTES = 64 * 1024;

/** The parsed body; `undefined` if it is empty. @throws {LastbeatError} if it is too large, not JSON, or nested too deeply. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Destroying the stream would also prevent the response.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw failure("too_large", `the body is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return bytes === 0 ? undefined : parseClientJson(Buffer.concat(chunks).toString(), "body");
}
