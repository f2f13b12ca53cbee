/** A server, an operator who watches it, and a browser for the people who use it. */
import type { Page } from "playwright-core";
import { AdminPage } from "./adminPage.ts";
import { Browser } from "./browser.ts";
import { ChatPage } from "./chatPage.ts";
import { Server, type ServerOptions } from "./server.ts";

export class World implements AsyncDisposable {
  readonly server: Server;
  readonly admin: AdminPage;
  readonly #browser: Browser;
  readonly #stack: AsyncDisposableStack;

  private constructor(parts: { server: Server; admin: AdminPage; browser: Browser; stack: AsyncDisposableStack }) {
    this.server = parts.server;
    this.admin = parts.admin;
    this.#browser = parts.browser;
    this.#stack = parts.stack;
  }

  static async create(options: ServerOptions = {}): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await Server.start(options));
    const browser = stack.use(await Browser.launch());
    const admin = await AdminPage.signIn(await browser.newPage(), server);
    return new World({ server, admin, browser, stack: stack.move() });
  }

  newPage(): Promise<Page> {
    return this.#browser.newPage();
  }

  /** Somebody enters the chat, in the browser they share with the operator or in one of their own. */
  async enter(user: string, browser: Browser = this.#browser): Promise<ChatPage> {
    return ChatPage.enter(await browser.newPage(), this.server, user);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
