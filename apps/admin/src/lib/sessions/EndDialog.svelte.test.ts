import { expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import EndDialog from "./EndDialog.svelte";

test("a session is ended only after it was confirmed, with the note", async () => {
  const end = vi.fn().mockResolvedValue(undefined);
  const screen = await render(EndDialog, { user: "Ada", end });
  await screen.getByRole("button", { name: "End session…" }).click();
  const dialog = screen.getByRole("alertdialog", { name: "End the session of Ada?" });
  await expect.element(dialog).toBeVisible();
  expect(end).not.toHaveBeenCalled();

  await dialog.getByLabelText("Note").fill(" asked us to ");
  await dialog.getByRole("button", { name: "End session" }).click();
  await expect.element(dialog).not.toBeInTheDocument();
  expect(end).toHaveBeenCalledExactlyOnceWith("asked us to");
});

test("keeping the session ends nothing", async () => {
  const end = vi.fn();
  const screen = await render(EndDialog, { user: "Ada", end });
  await screen.getByRole("button", { name: "End session…" }).click();
  await screen.getByRole("button", { name: "Keep it" }).click();
  await expect.element(screen.getByRole("alertdialog")).not.toBeInTheDocument();
  expect(end).not.toHaveBeenCalled();
});

test("a refusal is said in the dialog, which stays open", async () => {
  const end = vi.fn().mockRejectedValue(new Error("no session session_0001"));
  const screen = await render(EndDialog, { user: "Ada", end });
  await screen.getByRole("button", { name: "End session…" }).click();
  await screen.getByRole("button", { name: "End session", exact: true }).click();
  await expect.element(screen.getByRole("alert")).toHaveTextContent("no session session_0001");
  await expect.element(screen.getByRole("alertdialog")).toBeVisible();
});
