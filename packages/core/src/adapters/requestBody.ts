/** Reads the body of a request, up to a limit. */

export type Body = { readonly text: string; readonly bytes: number } | "too_long" | "broken_off";

export async function readBody(request: AsyncIterable<unknown>, maxBytes: number): Promise<Body> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of request) {
      if (!(chunk instanceof Uint8Array)) return "broken_off";
      bytes += chunk.length;
      if (bytes > maxBytes) return "too_long";
      text += decoder.decode(chunk, { stream: true });
    }
  } catch {
    return "broken_off";
  }
  return { text: text + decoder.decode(), bytes };
}
