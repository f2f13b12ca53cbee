/** Both apps below a path of nginx's, in a real browser: with the path left on, taken off, and unknown to the server. */
import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { AdminPage } from "./harness/adminPage.ts";
import { Browser } from "./harness/browser.ts";
import { ChatPage } from "./harness/chatPage.ts";
import { noNginx } from "./harness/nginx.ts";
import { Server, type ServerOptions } from "./harness/server.ts";

const obstacle = noNginx();

async function open(options: ServerOptions): Promise<{ server: Server; newPage: () => Promise<Page> }> {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const server = stack.use(await Server.start(options));
  const browser = stack.use(await Browser.launch());
  return { server, newPage: () => browser.newPage() };
}

/** Every request of the page that was answered by an error, and every address that it asked for. */
function watch(page: Page): { readonly failed: string[]; readonly asked: Set<string> } {
  const failed: string[] = [];
  const asked = new Set<string>();
  page.on("response", (response) => {
    asked.add(new URL(response.url()).pathname);
    if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
  });
  page.on("websocket", (socket) => asked.add(new URL(socket.url()).pathname));
  page.on("pageerror", (error) => failed.push(String(error)));
  return { failed, asked };
}

describe.skipIf(obstacle !== null)(`below /chat/ of nginx (${obstacle ?? "Debian's"})`, () => {
  test.each([
    ["leaves the path on", false],
    ["takes the path off", true],
  ])("both apps work where nginx %s", async (_, strips) => {
    const { server, newPage } = await open({ basePath: "/chat", proxy: { location: "/chat/", strips } });
    expect(server.url).toMatch(/\/chat$/);
    const adminPage = await newPage();
    const seenByAdmin = watch(adminPage);
    const admin = await AdminPage.signIn(adminPage, server);
    const page = await newPage();
    const seen = watch(page);
    const chat = await ChatPage.enter(page, server, "Bea Below");
    await chat.say("from below a path");
    await page.reload();
    await chat.shows("connected");
    await page.goto(`${server.url}/`);
    await page.getByRole("link", { name: "general" }).click();
    await chat.shows("connected");
    expect(new URL(page.url()).pathname).toBe("/chat/r/general");

    expect((await adminPage.context().cookies()).map(({ path }) => path)).toEqual(["/chat"]);
    await adminPage.getByRole("link", { name: "Sessions" }).click();
    await adminPage.getByRole("table", { name: "Live sessions" }).getByRole("link", { name: "Bea Below" }).click();
    await adminPage.waitForURL(/\/chat\/admin\/sessions\/session_/);
    expect(await server.sessionOf("Bea Below")).toMatchObject({ address: "127.0.0.1" });
    await admin.open("/history");
    const href = (await adminPage.getByRole("link", { name: "CSV" }).getAttribute("href")) ?? "";
    expect(href).toMatch(/^\/chat\/api\/ends\/export\?/);
    const csv = await adminPage.request.get(new URL(href, server.url).href);
    expect([csv.status(), (await csv.text()).split(",", 1)[0]]).toEqual([200, expect.any(String)]);

    expect([...seen.failed, ...seenByAdmin.failed]).toEqual([]);
    const outside = [...seen.asked, ...seenByAdmin.asked].filter((path) => !path.startsWith("/chat/") && path !== "/chat");
    expect(outside).toEqual([]);
  });

  test.each([
    ["leaves the path on", false],
    ["takes the path off", true],
  ])("without server.base_path the pages say what is wrong, where nginx %s", async (_, strips) => {
    const { server, newPage } = await open({ proxy: { location: "/chat/", strips } });
    for (const path of ["/", "/r/general", "/admin/history"]) {
      const page = await newPage();
      await page.goto(`${server.url}${path}`);
      const told = page.getByRole("alert").filter({ hasText: "cannot load its own files" });
      await told.waitFor();
      expect(await told.innerText()).toContain("LASTBEAT_SERVER_BASE_PATH=/chat.");
    }
  });

  test("a page that is not below server.base_path says so, stands still, and leads there", async () => {
    const { server, newPage } = await open({ basePath: "/chat", proxy: { location: "/", strips: false } });
    const page = await newPage();
    let loads = 0;
    page.on("load", () => {
      loads += 1;
    });
    await page.goto(`${server.url}/r/general`, { waitUntil: "commit" });
    await page.getByRole("alert").filter({ hasText: "This is not where Lastbeat is served" }).waitFor();
    await page.getByRole("link", { name: "/chat/" }).click();
    await page.getByLabel("Your name").waitFor();
    expect(new URL(page.url()).pathname).toBe("/chat/");
    expect(loads).toBeLessThanOrEqual(2);
  });
});
