/** Reads a request's JSON body, within a limit. */
import type { IncomingMessage } from "node:http";
import { RestError } from "./restError.ts";

const MAX_BYTES = 64 * 1024;

/** The body's value; `undefined` for an empty body. @throws {RestError} when it is too large or is not JSON. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A stream destroyed here would take the answer with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new RestError("too_large", `the body is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new RestError("bad_json", "the body is not JSON");
  }
}
