/** Changes the fields of a request and the framing of its body, as the grammar of HTTP allows it and as it does not. Seeded. */
import type { SeededRandom } from "@lastbeat/core/testing";

// biome-ignore format: a list of names
const names = [
  "Content-Length", "Transfer-Encoding", "Host", "Connection", "Expect", "Upgrade", "TE", "Trailer", "Keep-Alive", "Proxy-Connection", "X-Forwarded-For",
  "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP", "Forwarded", "Via", "Cookie", "Authorization", "Sec-Fetch-Site", "__proto__", "constructor", "",
  "X-HTTP-Method-Override", "Content-Encoding", "Set-Cookie", "Content-Disposition", ":path", ":authority",
];

// biome-ignore format: a list of values
const values = [
  "", " ", "0", "1", "5", "-1", "+5", "0x5", "5, 5", "5, 6", "99999999999999999999", "chunked", "Chunked", "chunked ", "\tchunked", "\u000bchunked", "chunked, identity",
  "identity", "close", "keep-alive, Upgrade", "content-length", "127.0.0.1", "localhost:0", "localhost:99999", "[::1]:80", "::1", "\u0000", "\u007f", "\u00ff", "a\rb",
  "a\nb", "\"", "\"unended", "a;b=c;;", ",", ",,,", "x".repeat(15_000), "a=b; ".repeat(1_500), "127.0.0.1, ".repeat(500), "cross-site", "100-continue", "trailers",
];

type Mutation = (random: SeededRandom, fields: string[]) => void;

const at = (random: SeededRandom, fields: readonly string[]) => random.int(Math.max(1, fields.length));

/** Changes one field's text, if there is any. */
function changing(change: (field: string, random: SeededRandom) => string): Mutation {
  return (random, fields) => {
    const index = at(random, fields);
    const field = fields[index];
    if (field !== undefined) fields[index] = change(field, random);
  };
}

const mutations: readonly Mutation[] = [
  // A field more, perhaps one that is there already.
  (random, fields) => fields.splice(at(random, fields), 0, `${random.pick(names)}: ${random.pick(values)}`),
  (random, fields) => fields.splice(at(random, fields), 0, fields[at(random, fields)] ?? ""),
  (random, fields) => fields.splice(at(random, fields), 1),
  (_, fields) => fields.reverse(),
  (random, fields) => fields.push(...Array.from({ length: random.pick([10, 200, 3_000]) }, (__, count) => `X-${count}: a`)),
  changing((field, random) => field.replace(":", random.pick([" :", "::", "", ":\t", ":\r\n ", ";", ": \r\n\t"]))),
  changing((field) => field.toUpperCase()),
  changing((field, random) => field.replace(/:.*/s, () => `: ${random.pick(values)}`)),
  changing((field, random) => `${random.pick([" ", "\t", "\u0000", "\r", "\u00a0"])}${field}`),
  changing((field, random) => `${field}${random.pick([" ", "\r", "\u0000", "\t\t", "\u0085"])}`),
  changing((field, random) => {
    const cut = random.int(field.length + 1);
    return `${field.slice(0, cut)}${String.fromCharCode(random.int(256))}${field.slice(cut)}`;
  }),
];

/** The fields after up to three changes. */
export function mutatedFields(random: SeededRandom, fields: readonly string[]): string[] {
  const changed = [...fields];
  for (let count = 1 + random.int(3); count > 0; count -= 1) random.pick(mutations)(random, changed);
  return changed;
}

/** A body in chunks, right ones more often than not. */
export function chunked(random: SeededRandom, body: string): string {
  let text = "";
  for (let from = 0; from < body.length; ) {
    const chunk = body.slice(from, from + 1 + random.int(2_000));
    const size = random.chance(0.9)
      ? chunk.length.toString(16)
      : random.pick(["", "0", "-1", "g", "ffffffffffffffffff", "1", "0x5", "5 "]);
    const extension = random.chance(0.9) ? "" : random.pick([";a=b", ';a="', `;${"x".repeat(5_000)}`, ";\u0000"]);
    text += `${size}${extension}${random.chance(0.95) ? "\r\n" : "\n"}${chunk}${random.chance(0.95) ? "\r\n" : ""}`;
    from += chunk.length;
  }
  const trailer = random.chance(0.9) ? "" : random.pick(["X: y\r\n", "Content-Length: 5\r\n", "Host: evil\r\n", "x\r\n"]);
  return `${text}0\r\n${trailer}${random.chance(0.95) ? "\r\n" : ""}`;
}
