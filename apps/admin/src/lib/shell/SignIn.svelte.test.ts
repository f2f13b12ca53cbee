import { expect, test } from "vitest";
import { render } from "vitest-browser-svelte";
import SignInAlone from "./SignInAlone.test.svelte";

test("a lost link is replaced by a signal, which ends nobody's session", async () => {
  const screen = await render(SignInAlone, { by: "signal" });
  await expect.element(screen.getByText(/signal SIGUSR2: it prints a new link and keeps running/)).toBeVisible();
  await expect.element(screen.getByText("kill -USR2 ‹process id›")).toBeVisible();
  await expect.element(screen.getByText(/Start the server again/)).not.toBeInTheDocument();
});

test("on Windows, which has no such signal, it says to start the server again, and what that costs", async () => {
  const screen = await render(SignInAlone, { by: "restart" });
  await expect.element(screen.getByText(/Start the server again.*Every session ends with the restart/s)).toBeVisible();
  await expect.element(screen.getByText(/SIGUSR2/)).not.toBeInTheDocument();
});
