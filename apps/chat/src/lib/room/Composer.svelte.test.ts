import { describe, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { render } from "vitest-browser-svelte";
import { keptIn } from "../storage/keptValues.ts";
import Composer from "./Composer.svelte";

function memory() {
  const values = new Map<string, string>();
  return {
    values,
    read: (key: string) => values.get(key) ?? null,
    write: (key: string, value: string | null) => void (value === null ? values.delete(key) : values.set(key, value)),
  };
}

async function setUp(kept = memory()) {
  const send = vi.fn();
  const typed = vi.fn();
  const screen = await render(Composer, { room: "general", kept, connected: true, send, typed });
  return { screen, send, typed, kept, box: screen.getByLabelText("Message to general") };
}

describe("Composer", () => {
  test("Enter sends, Shift+Enter makes a line, and typing is told", async () => {
    const { box, send, typed } = await setUp();
    await box.click();
    await userEvent.keyboard("first{Shift>}{Enter}{/Shift}second{Enter}");
    expect(send).toHaveBeenCalledExactlyOnceWith("first\nsecond");
    expect(typed).toHaveBeenCalled();
    await expect.element(box).toHaveValue("");
  });

  test("a draft is kept until it is sent, and stands there again after a reload", async () => {
    const { box, kept, screen } = await setUp();
    await box.fill("half a thou");
    expect(kept.read("draft.general")).toBe("half a thou");
    await screen.unmount();
    const again = await setUp(kept);
    await expect.element(again.box).toHaveValue("half a thou");
    await again.screen.getByRole("button", { name: "Send" }).click();
    expect(again.send).toHaveBeenCalledExactlyOnceWith("half a thou");
    expect(kept.values.size).toBe(0);
  });

  test("blanks and overlong text are not sent", async () => {
    const { box, send, screen } = await setUp();
    await box.fill("   ");
    await expect.element(screen.getByRole("button", { name: "Send" })).toBeDisabled();
    await box.fill("x".repeat(4_001));
    await expect.element(screen.getByText("-1")).toBeVisible();
    await userEvent.keyboard("{Enter}");
    expect(send).not.toHaveBeenCalled();
  });

  test("does without storage where the browser forbids it", async () => {
    const forbidden = keptIn(() => {
      throw new DOMException("denied", "SecurityError");
    });
    const screen = await render(Composer, { room: "general", kept: forbidden, connected: true, send: vi.fn(), typed: vi.fn() });
    await screen.getByLabelText("Message to general").fill("text");
    await expect.element(screen.getByRole("button", { name: "Send" })).toBeEnabled();
  });
});
