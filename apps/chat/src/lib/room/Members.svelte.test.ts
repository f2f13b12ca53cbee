import { describe, expect, test } from "vitest";
import { render } from "vitest-browser-svelte";
import Members from "./Members.svelte";

const member = (user: string, presence: "present" | "suspect" | "suspended") => ({
  sessionId: `session_${user}`,
  user,
  person: user,
  presence,
  joinedAtMs: 0,
});

describe("Members", () => {
  test("says in words who is here, who does not answer, who types and who is you", async () => {
    const screen = await render(Members, {
      members: [member("Dae", "suspended"), member("Chiara", "suspect"), member("Bruno", "present"), member("Ana", "present")],
      ownSessionId: "session_Ana",
      typing: new Map([["session_Bruno", "Bruno"]]),
      stale: false,
    });
    const lines = screen
      .getByRole("listitem")
      .elements()
      .map((item) => item.textContent?.replaceAll(/\s+/g, " ").trim());
    expect(lines).toEqual(["Ana (you)", "Bruno typing…", "Chiara not answering", "Dae connection lost"]);
  });
});
