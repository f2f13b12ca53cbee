/** Reads a request's JSON body, within a limit. */
import type { IncomingMessage } from "node:http";
import { ClientJsonError, parseClientJson } from "../contract/clientJson.ts";
import { RestError } from "./restError.ts";

const MAX_BYTES = 64 * 1024;

/** The body's value; `undefined` for an empty body. @throws {RestError} when it is too large, is not JSON or is nested too deep. */
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
    return parseClientJson(Buffer.concat(chunks).toString());
  } catch (error) {
    if (error instanceof ClientJsonError) throw new RestError("bad_json", `the body ${error.message}`);
    throw error;
  }
}
