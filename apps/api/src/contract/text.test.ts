import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { startTestServer, TestClient } from "../testing/testServer.ts";
import { sendInput, userName } from "./inputs.ts";
import { normalised } from "./text.ts";

/** Everything in Unicode that has the property, a few hundred at most. */
function some(property: RegExp): string[] {
  const found: string[] = [];
  for (let code = 0; code <= 0x10ffff && found.length < 300; code++) {
    const character = String.fromCodePoint(code);
    if (property.test(character)) found.push(character);
  }
  return found;
}

describe("text input", () => {
  test("is made well-formed and composed, and left unchanged if it already is", () => {
    expect(normalised("hi \ud83d")).toBe("hi \ufffd");
    expect(normalised("e\u0301")).toBe("\u00e9");
    for (const fine of ["hi 👋🏽", "👩‍👩‍👧", "नमस्ते", "می‌خواهم", "é"]) expect(normalised(fine)).toBe(fine);
    expect(sendInput.shape.text.parse("\ud83d")).toBe("\ufffd");
    // Composed first, then measured.
    expect(userName.parse("e\u0301".repeat(40))).toBe("é".repeat(40));
  });

  test.each([
    ["white space", some(/^\p{White_Space}$/u)],
    ["separators", some(/^\p{Z}$/u)],
    ["controls and format characters", some(/^[\p{Cc}\p{Cf}]$/u)],
    ["characters that are ignored", some(/^\p{Default_Ignorable_Code_Point}$/u)],
    ["marks without a letter", some(/^\p{M}$/u)],
    ["blanks by their look", ["\u2800", "\u3164", "\u{1d159}"]],
  ])("that shows nothing is no name and no message: %s", (_, characters) => {
    expect(characters.length).toBeGreaterThan(2);
    for (const character of characters) {
      for (const text of [character, character.repeat(3), ` ${character} `, `\u200b${character}`]) {
        expect(userName.safeParse(text).success, JSON.stringify(text)).toBe(false);
        expect(sendInput.shape.text.safeParse(text).success, JSON.stringify(text)).toBe(false);
      }
    }
  });

  test.each(["Ada\u200b", "A\ufeffda", "A\u00adda", "Ada\u2066", "A\u2028da"])(
    "that hides in a name is refused with words",
    (name) => {
      expect(userName.safeParse(name).error?.issues[0]?.message).toContain(
        'expected a string without control or invisible characters, got "',
      );
    },
  );

  test.each(["Ada", "Åsa", "李", "👩‍👩‍👧", "م‌ن", "i❤️u", "-", "O'Hara"])(
    "with a visible character is a valid name: %s",
    (name) => {
      expect(userName.parse(name)).toBe(name.normalize("NFC"));
    },
  );
});

/** Marks in the order that takes longest to put right. */
const marks = (count: number) => `a${"\u0315".repeat(count / 2)}${"\u0316".repeat(count / 2)}`;

test("combining marks are accepted up to the limit, and refused with a message above it", () => {
  expect(sendInput.shape.text.safeParse(marks(30)).success).toBe(true);
  for (const schema of [sendInput.shape.text, userName])
    expect(schema.safeParse(marks(32)).error?.issues[0]?.message).toContain("at most 30 marks on one character");
});

test("a request full of combining marks does not block the server", async () => {
  await using running = await startTestServer();
  const beganMs = performance.now();
  const response = await fetch(`${running.http}/trpc/sessions.end`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie: await running.signIn() },
    body: JSON.stringify({ id: "session_a", note: marks(120_000) }),
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("at most 30 marks on one character");
  // Putting them in order takes 7 s on an idle machine.
  expect(performance.now() - beganMs).toBeLessThan(3_000);
});

test("a lone surrogate is the same message over both protocols, however often it is sent", async () => {
  await using running = await startTestServer();
  using json = await TestClient.connect(`${running.ws}/ws/new`);
  using trpc = await TestClient.connect(`${running.ws}/trpc`);
  json.send({ type: "hello", name: "Ada", room: "general" });
  await json.frame("welcome");
  trpc.send({ id: 0, method: "mutation", params: { path: "session.open", input: { name: "A\u0064\u0061", room: "general" } } });
  await trpc.anyFrame();
  const id = crypto.randomUUID();
  for (const [ref, text] of ["e\u0301 \ud83d", "\u00e9 \ud83d", "\u00e9 \ufffd"].entries()) {
    json.send({ type: "chat.send", id, text, ref });
    const found = await eventually(
      () => json.frames.find((frame) => frame.ref === ref) ?? Promise.reject(new Error("no answer")),
    );
    expect(found).toMatchObject({ type: "chat.sent", message: { id, text: "\u00e9 \ufffd", seq: 1 } });
  }
  trpc.send({ id: 1, method: "mutation", params: { path: "chat.send", input: { id, text: "e\u0301 \ud83d" } } });
  await eventually(() => expect(trpc.frames).toContainEqual(expect.objectContaining({ id: 1, result: expect.anything() })));
  json.send({ type: "chat.send", id, text: "another", ref: "other" });
  await eventually(() => expect(json.frames).toContainEqual(expect.objectContaining({ ref: "other", code: "conflict" })));
});
