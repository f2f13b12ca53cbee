/** The operator's page in a browser, signed in with the link that the server printed. */

import type { EndView } from "@lastbeat/api";
import { endReasons } from "@lastbeat/core";
import type { Locator, Page } from "playwright-core";
import { FIRST_ACCOUNT, type Server } from "./server.ts";

/** The port stands behind it. */
const COOKIE = "lastbeat_admin_";

export class AdminPage {
  readonly page: Page;
  readonly #server: Server;

  private constructor(page: Page, server: Server) {
    this.page = page;
    this.#server = server;
  }

  /** Opens the one-time link; from then on the server's REST and procedures can be asked as the operator too. */
  static async signIn(page: Page, server: Server): Promise<AdminPage> {
    await page.goto(server.signInLink);
    if (server.signInLink.includes("#")) {
      await page.getByLabel("Name").fill(FIRST_ACCOUNT.name);
      await page.locator("input[type=password]").fill(FIRST_ACCOUNT.password);
      await page.getByRole("button", { name: "Save and sign in" }).click();
    }
    await page.getByRole("link", { name: "History" }).waitFor();
    const cookies = await page.context().cookies();
    const cookie = cookies.find(({ name }) => name.startsWith(COOKIE));
    if (cookie === undefined) throw new Error("the sign-in link set no cookie");
    server.cookie = `${cookie.name}=${cookie.value}`;
    return new AdminPage(page, server);
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.#server.url}/admin${path}`);
  }

  /** The rows that the history page shows for a session. */
  async historyOf(sessionId: string): Promise<Locator> {
    await this.open(`/history?range=all&text=${sessionId}`);
    const rows = this.page.getByRole("list", { name: "Ended sessions" }).getByRole("listitem");
    await rows.first().waitFor();
    return rows;
  }

  /** Whether the history page shows this end, once and as the API tells it. @returns what it shows instead, or `null`. */
  async historyProblem({ sessionId, user, reason }: EndView): Promise<string | null> {
    const rows = await this.historyOf(sessionId);
    const count = await rows.count();
    if (count !== 1) return `${count} rows`;
    const headline = await rows.getByRole("button").innerText();
    if (!headline.includes(user) || !headline.includes(endReasons[reason].text)) return headline;
    await rows.getByRole("button").click();
    const evidence = rows.locator("dd");
    for (const fact of [sessionId, `${reason}: ${endReasons[reason].issuedWhen}`]) {
      await evidence.getByText(fact, { exact: true }).waitFor();
    }
    return null;
  }
}
