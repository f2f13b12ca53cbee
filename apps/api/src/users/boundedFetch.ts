/** Reads an answer from a service up to a limit, within a time that covers its last byte. */

export interface BoundedFetch extends RequestInit {
  readonly limitBytes: number;
}

/** @throws {Error} if the answer is longer. Redirects are not followed: the configuration names the place. */
export async function boundedFetch(url: string, { limitBytes, ...init }: BoundedFetch): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: "manual" });
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.byteLength;
    // Leaving the loop cancels the rest.
    if (length > limitBytes) throw new Error(`the answer is longer than ${limitBytes} bytes`);
    parts.push(part);
  }
  // A response with such a status must have no body.
  const body = [101, 204, 205, 304].includes(response.status) ? null : Buffer.concat(parts);
  return new Response(body, { status: response.status, headers: response.headers });
}
