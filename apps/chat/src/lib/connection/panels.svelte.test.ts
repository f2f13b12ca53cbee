import { endReasonNames } from "@lastbeat/core/reasons";
import { describe, expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import EndedPanel from "./EndedPanel.svelte";
import IdleWarning from "./IdleWarning.svelte";
import { wordsFor } from "./words.ts";

describe("panels of the connection", () => {
  test("CLT1 every reason of the catalogue has words of its own and a way back", () => {
    const titles = endReasonNames.map((reason) => wordsFor({ cause: "closed", code: 4000, reason }).title);
    expect(new Set(titles).size).toBe(endReasonNames.length);
  });

  test("an ended session is explained, and one click comes back", async () => {
    const comeBack = vi.fn();
    const screen = await render(EndedPanel, { loss: { cause: "closed", code: 4501, reason: "idle" }, comeBack });
    await expect.element(screen.getByRole("alert")).toHaveTextContent("You were away");
    await screen.getByRole("button", { name: "I'm back" }).click();
    expect(comeBack).toHaveBeenCalledOnce();
  });

  test("NAM2 a hello that was refused is explained in the server's words", async () => {
    const loss = { cause: "closed", code: 4504, reason: "unauthorized" } as const;
    const screen = await render(EndedPanel, { loss, refusal: "choose another name", comeBack: () => {} });
    await expect.element(screen.getByText("Choose another name.")).toBeVisible();
  });

  test("TO2 the idle warning counts down and one click keeps the session", async () => {
    const stay = vi.fn();
    const screen = await render(IdleWarning, { endsAtMs: performance.now() + 60_000, stay });
    await expect.element(screen.getByRole("alert")).toHaveTextContent("Still there?");
    const left = screen.getByText(/^(1 min|5\d s)$/);
    await expect.element(left).toBeVisible();
    const first = left.element().textContent;
    await expect.poll(() => left.element().textContent, { timeout: 5_000 }).not.toBe(first);
    await screen.getByRole("button", { name: "I'm here" }).click();
    expect(stay).toHaveBeenCalledOnce();
  });
});
