import { describe, expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import EntryForm from "./EntryForm.svelte";

describe("EntryForm", () => {
  test("enters with a trimmed name", async () => {
    const enter = vi.fn();
    const screen = await render(EntryForm, { name: "", room: "general", enter });
    await screen.getByLabelText("Your name").fill("  Ana ");
    await screen.getByRole("button").click();
    expect(enter).toHaveBeenCalledExactlyOnceWith("Ana", "general");
  });

  test("says beside each field what is wrong with it, once it was tried", async () => {
    const enter = vi.fn();
    const screen = await render(EntryForm, { name: "", room: "Two Words", enter });
    await expect.element(screen.getByLabelText("Your name")).not.toHaveAttribute("aria-invalid", "true");
    await screen.getByRole("button").click();
    await expect.element(screen.getByLabelText("Your name")).toHaveAttribute("aria-invalid", "true");
    await expect.element(screen.getByText("Enter the name the others will see.")).toBeVisible();
    await expect.element(screen.getByText(/A room name has at most 40 characters/)).toBeVisible();
    expect(enter).not.toHaveBeenCalled();
  });
});
