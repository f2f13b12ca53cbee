import { describe, expect, it } from "vitest";
import { userName } from "./inputs.ts";
import { caseless, looksOf } from "./personName.ts";

/** What the schema makes of a name; `null` if it refuses it. */
const taken = (name: string) => userName.safeParse(name).data ?? null;

describe("names", () => {
  it.each([
    ["full-width letters", "Ａｄａ", "Ada"],
    ["mathematical letters", "𝐀𝐝𝐚", "Ada"],
    ["a ligature", "ﬁona", "fiona"],
    ["a no-break space", "Ada\u00a0L", "Ada L"],
    ["many spaces", " Ada \u2003  L ", "Ada L"],
    ["a decomposed letter", "Jose\u0301", "José"],
  ])("NAM1 are stored in one form: %s", (_, written, stored) => {
    expect(taken(written)).toBe(stored);
  });

  it.each([
    ["a zero-width space", "Ada\u200b"],
    ["a joiner after a Latin letter", "Ada\u200d"],
    ["a non-joiner within a Latin word", "A\u200cda"],
    ["a joiner after a letter with a mark", "x\u0323\u200d"],
    ["a variation selector", "Ada\ufe0f"],
    ["a variation selector for ideographs", "Ada\u{e0101}"],
    ["tags without a flag", "Ada\u{e0041}"],
    ["a soft hyphen", "A\u00adda"],
    ["a word joiner", "A\u2060da"],
    ["a filler", "Ada\u3164"],
    ["a left-to-right mark", "Ada\u200e"],
    ["an Arabic letter mark", "Ada\u061c"],
    ["a right-to-left override", "\u202eadA"],
    ["an isolate", "\u2066Ada\u2069"],
    ["a byte order mark", "\ufeffA\ufeffda"],
    ["a line break", "Ada\nadmin"],
    ["an escape", "\u001b[31mAda"],
    ["a musical control", "Ada\u{1d173}"],
    ["a shorthand control", "Ada\u{1bca0}"],
  ])("NAM1 hide nothing: %s", (_, name) => {
    const tidied = name.replace(/^\ufeff/, "");
    expect(taken(tidied), JSON.stringify(name)).toBeNull();
  });

  it.each([
    ["Cyrillic а in Ada", "Аda"],
    ["Greek ο in Bob", "Bοb"],
    ["Armenian օ in Bob", "Bօb"],
    ["Cherokee Ꭺ", "Ꭺda"],
  ])("NAM1 have words of one alphabet each: %s", (_, name) => {
    expect(taken(name)).toBeNull();
    expect(userName.safeParse(name).error?.issues[0]?.message).toContain("words each have letters of one alphabet");
  });

  it.each([
    "Ada",
    "Åsa",
    "O'Hara",
    "Jean-Luc",
    "DJ Иван",
    "Иван",
    "Αθηνά",
    "Արամ",
    "李小龍",
    "ローマ字",
    "한국어 Kim",
    "नमस्ते",
    "می‌خواهم",
    "م‌ن",
    "👩‍👩‍👧",
    "i❤️u",
    "1️⃣",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "👋🏽",
    "-",
    "R2D2",
    "Ada 2",
  ])("NAM1 of any writing system are accepted: %s", (name) => {
    expect(taken(name)).toBe(name.normalize("NFKC"));
  });

  it("NAM1 that are far too long cost nothing: tidying would make them longer still", () => {
    expect(taken("\ufdfa".repeat(200_000))).toBeNull();
    expect(taken("\ufdfa".repeat(3))).toBeNull();
  });
});

describe("looks of names", () => {
  const alike = (one: string, other: string) =>
    caseless(one) !== caseless(other) && looksOf(one).some((look) => looksOf(other).includes(look));

  it.each([
    ["a capital i", "Ida", "lda"],
    ["a capital i within", "PauI", "Paul"],
    ["a one", "Pau1", "Paul"],
    ["a bar", "Pau|", "Paul"],
    ["a zero", "B0b", "Bob"],
    ["a zero among capitals", "B0B", "bob"],
    ["all letters Cyrillic", "Сосо", "Coco"],
    ["all letters Greek", "ΑΒΑ", "ABA"],
    ["all letters Greek, in another case", "ΑΒΑ", "Aba"],
    ["something hidden", "A\u200bd\u200da\ufe0f", "Ada"],
    ["a dotless i", "Alı", "Ali"],
  ])("NAM2 are the same for names that look alike: %s", (_, one, other) => {
    expect(alike(one, other)).toBe(true);
    expect(alike(other, one)).toBe(true);
  });

  it.each([
    ["Kai", "Kal"],
    ["KAI", "Kal"],
    ["Arno", "Amo"],
    ["Anna Lena", "Annalena"],
    ["Ada", "Ida"],
    ["Bob", "Rob"],
    ["José", "Jose"],
    ["李", "季"],
    ["Ada", "Ada 2"],
    ["Иван", "Ivan"],
    ["Ilona", "Lona"],
  ])("NAM2 differ for names that do not: %s and %s", (one, other) => {
    expect(alike(one, other)).toBe(false);
  });

  it.each([
    ["case", "ADMIN", "admin"],
    ["composed differently", "José", "Jose\u0301"],
    ["full-width", "Ａｄａ", "Ada"],
  ])("NAM2 are no matter where it is one name: %s", (_, one, other) => {
    expect(caseless(one)).toBe(caseless(other));
  });
});
