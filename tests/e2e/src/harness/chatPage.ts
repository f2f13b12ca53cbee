/** The chat in a browser's page, used as a person uses it. */
import type { LiveSession } from "@lastbeat/api";
import type { Page } from "playwright-core";
import type { Server } from "./server.ts";

export type ChatState = "connecting" | "connected" | "checking" | "waiting" | "ended";

export class ChatPage {
  readonly page: Page;
  readonly user: string;
  /** The session it had when it entered. */
  readonly session: LiveSession;

  private constructor(page: Page, user: string, session: LiveSession) {
    this.page = page;
    this.user = user;
    this.session = session;
  }

  /** Opens a room's address, says a name, and waits until the page says that it is connected. */
  static async enter(page: Page, server: Server, user: string): Promise<ChatPage> {
    await page.goto(`${server.url}/r/general`);
    await page.getByLabel("Your name").fill(user);
    await page.getByRole("button", { name: "Enter general" }).click();
    await shows(page, "connected");
    return new ChatPage(page, user, await server.sessionOf(user));
  }

  get sessionId(): string {
    return this.session.id;
  }

  /** Waits until the connection corner shows this state. */
  shows(state: ChatState, timeoutMs?: number): Promise<void> {
    return shows(this.page, state, timeoutMs);
  }

  async state(): Promise<string | null> {
    return this.page.getByTestId("connection").getAttribute("data-state");
  }

  /** Writes a message and waits until it stands in the room as stored. */
  async say(text: string): Promise<void> {
    await this.page.getByLabel("Message to general").fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
    // Only what the server has stored has a time.
    await this.page.locator("article:has(time)").filter({ hasText: text }).waitFor();
  }
}

function shows(page: Page, state: ChatState, timeout?: number): Promise<void> {
  return page.locator(`[data-testid=connection][data-state=${state}]`).waitFor({ timeout });
}
