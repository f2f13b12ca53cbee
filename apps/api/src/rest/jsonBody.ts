/** Reads a request's JSON body, within a limit. */
import type { IncomingMessage } from "node:http";
import { parseClientJson } from "../contract/clientJson.ts";
import { failure } from "../contract/errors.ts";

const MAX_BYTES = 64 * 1024;

/** The body's value; `undefined` for an empty body. @throws {LastbeatError} when it is too large, is not JSON or is nested too deep. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A stream destroyed here would take the answer with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw failure("too_large", `the body is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return bytes === 0 ? undefined : parseClientJson(Buffer.concat(chunks).toString(), "body");
}
