import { describe, expect, test } from "vitest";
import { render } from "vitest-browser-svelte";
import Members from "./Members.svelte";
import { peopleOf } from "./people.ts";

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
      people: peopleOf([
        member("Dae", "suspended"),
        member("Chiara", "suspect"),
        member("Bruno", "present"),
        { ...member("Ana", "suspect"), sessionId: "session_other-tab" },
        member("Ana", "present"),
      ]),
      more: 7,
      ownSessionId: "session_Ana",
      typing: new Map([["session_Bruno", "Bruno"]]),
      stale: false,
    });
    const lines = screen
      .getByRole("listitem")
      .elements()
      .map((item) => item.textContent?.replaceAll(/\s+/g, " ").trim());
    expect(lines).toEqual(["Ana (you) 2 tabs", "Bruno typing…", "Chiara not answering", "Dae connection lost"]);
    await expect.element(screen.getByText("and 7 more")).toBeVisible();
  });
});
