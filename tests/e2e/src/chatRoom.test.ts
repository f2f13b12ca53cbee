/** The chat as people use it: on a line that is cut, in two tabs, when the server is full, with the lab, and without a mouse. */

import { eventually } from "@lastbeat/support/eventually";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser } from "./harness/browser.ts";
import { ChatPage } from "./harness/chatPage.ts";
import { Server } from "./harness/server.ts";

let server: Server;
let browser: Browser;
beforeAll(async () => {
  server = await Server.start({ lab: true });
  browser = await Browser.launch();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const enter = async (user: string) => ChatPage.enter(await browser.newPage(), server, user);

/** A line that hangs: what is sent goes nowhere, and nobody is told. */
async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message to general").fill(text);
  await page.keyboard.press("Enter");
}

async function historyWith(text: string): Promise<number> {
  const reader = await enter(`Reader ${crypto.randomUUID().slice(0, 8)}`);
  await reader.page.getByText("Reader", { exact: false }).first().waitFor();
  const count = await reader.page.locator("article:has(time)").filter({ hasText: text }).count();
  await reader.page.close();
  return count;
}

async function endOf(sessionId: string) {
  return eventually(
    async () => {
      const [row] = (await server.ends(`?session=${sessionId}`)).rows;
      if (row === undefined) throw new Error(`${sessionId} has not ended`);
      return row;
    },
    { withinMs: 20_000 },
  );
}

test("a message written on a cut line, in a tab that is then closed, is sent once when the room is opened again", async () => {
  const { page } = await enter("Cora Cut");
  const context = page.context();
  const text = `written on a cut line ${crypto.randomUUID()}`;
  await context.setOffline(true);
  await write(page, text);
  await page.getByTestId("outgoing").filter({ hasText: text }).waitFor();
  const asked = new Promise<string>((resolve) => page.once("dialog", (dialog) => resolve(dialog.type()) ?? dialog.accept()));
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  expect(await asked).toBe("beforeunload");
  await closed;

  await context.setOffline(false);
  const [again, other] = [await context.newPage(), await context.newPage()];
  await Promise.all([again.goto(`${server.url}/r/general`), other.goto(`${server.url}/r/general`)]);
  for (const tab of [again, other]) {
    await tab.locator("article:has(time)").filter({ hasText: text }).waitFor();
    await eventually(async () => expect(await tab.getByTestId("outgoing").count()).toBe(0));
  }
  expect(await historyWith(text)).toBe(1);
  await context.close();
});

test("leaving a room in which messages wait asks first, and the entry page says where they are", async () => {
  const { page } = await enter("Lea Leaver");
  await page.context().setOffline(true);
  await write(page, "not sent yet");
  await page.getByTestId("outgoing").waitFor();
  await page.getByRole("button", { name: "Leave the room" }).click();
  await page.getByRole("alertdialog").getByText("One message has not been sent").waitFor();
  await page.getByRole("button", { name: "Stay" }).click();
  await page.getByTestId("outgoing").waitFor();
  await page.getByRole("button", { name: "Leave the room" }).click();
  await page.getByRole("button", { name: "Leave anyway" }).click();
  await page.getByRole("link", { name: "general 1 unsent" }).waitFor();
  await page.context().close();
});

test("two tabs of one person are one person in the room, and leave it when the last one is closed", async () => {
  const watcher = await enter("Wanda Watcher");
  const { page } = await enter("Tina Two");
  const second = await page.context().newPage();
  await second.goto(`${server.url}/r/general`);
  const list = watcher.page.getByRole("list", { name: "Who is here" });
  const tina = list.getByRole("listitem").filter({ hasText: "Tina Two" });
  await tina.filter({ hasText: "2 tabs" }).waitFor();
  expect(await tina.count()).toBe(1);
  await second.getByLabel("Message to general").pressSequentially("typing in the second");
  await watcher.page.getByText("Tina Two is typing").waitFor();
  expect(await page.getByText("is typing").count()).toBe(0);
  await second.close();
  await tina.filter({ hasNotText: "2 tabs" }).waitFor();
  await page.close();
  await tina.waitFor({ state: "detached" });
  await watcher.page.context().close();
});

test("typing shows at once after a message was sent", async () => {
  const watcher = await enter("Willa Watcher");
  const { page } = await enter("Theo Typist");
  const typing = watcher.page.getByText("Theo Typist is typing");
  await write(page, "the first");
  await watcher.page.locator("article:has(time)").filter({ hasText: "the first" }).waitFor();
  const sinceMs = performance.now();
  await page.keyboard.type("t");
  await typing.waitFor();
  // The page tells of typing once in 3 s; what begins a new message does not wait for that.
  expect(performance.now() - sinceMs).toBeLessThan(2_500);
  for (const { page: left } of [watcher, { page }]) await left.context().close();
});

test("after entering, the composer has the focus: name, Enter, text, Enter", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/`);
  await page.getByLabel("Your name").fill("Kay Keys");
  await page.keyboard.press("Enter");
  await page.locator("[data-testid=connection][data-state=connected]").waitFor();
  await page.keyboard.type("without a mouse");
  await page.keyboard.press("Enter");
  await page.locator("article:has(time)").filter({ hasText: "without a mouse" }).waitFor();
  await page.context().close();
});

test("MEM4 a full server says so, with the time to the next try and a way to try now", async () => {
  await using small = await Server.start({ settings: { maxSessions: 1 } });
  const first = await ChatPage.enter(await browser.newPage(), small, "Ina Inside");
  const page = await browser.newPage();
  await page.goto(`${small.url}/r/general`);
  await page.getByLabel("Your name").fill("Otto Outside");
  await page.getByRole("button", { name: "Enter general" }).click();
  const panel = page.getByTestId("not-in");
  await panel.getByText("The server is full").waitFor();
  await panel.getByText(/Next try in \d+ s/).waitFor();
  expect(await page.locator(".animate-overviewFeed").count()).toBe(0);
  await first.page.close();
  // Whichever comes first: the page's own next try, or this one.
  await panel
    .getByRole("button", { name: "Try now" })
    .click()
    .catch(() => {});
  await page.locator("[data-testid=connection][data-state=connected]").waitFor();
  await panel.waitFor({ state: "detached" });
  await page.context().close();
});

test("HB5 in the lab a page that stops answering ends as unresponsive", async () => {
  const { page, sessionId } = await enter("Max Mute");
  await page.getByRole("button", { name: "Connection lab" }).click();
  await page.getByRole("button", { name: "Stop answering" }).click();
  expect(await endOf(sessionId)).toMatchObject({ reason: "unresponsive", tier: "heartbeat", misses: 3 });
  await page.context().close();
});

test("SOC1 in the lab a dropped socket ends as a connection that was lost, and the page comes back", async () => {
  const { page, sessionId } = await enter("Dora Drop");
  await page.getByRole("button", { name: "Connection lab" }).click();
  await page.getByTestId("lab").getByRole("button", { name: "Drop" }).click();
  expect(await endOf(sessionId)).toMatchObject({ reason: "connection_lost", tier: "socket" });
  await page.keyboard.press("Escape");
  await page.locator("[data-testid=connection][data-state=connected]").waitFor();
  expect((await server.sessionOf("Dora Drop")).id).not.toBe(sessionId);
  await page.context().close();
});

test("HB4 in the lab a frozen page becomes suspect and is itself again 20 s later", async () => {
  await using patient = await Server.start({ lab: true, settings: { heartbeatPongTimeoutMs: 1_000, heartbeatMaxFailures: 20 } });
  const { page, sessionId } = await ChatPage.enter(await browser.newPage(), patient, "Fay Freeze");
  await page.getByRole("button", { name: "Connection lab" }).click();
  await page.getByTestId("lab").getByRole("button", { name: "Freeze" }).click();
  const missed = await eventually(async () => {
    const live = await patient.sessionOf("Fay Freeze");
    if (live.misses < 2) throw new Error(`${live.misses} missed`);
    return live;
  });
  expect(missed.id).toBe(sessionId);
  await eventually(async () => expect((await patient.sessionOf("Fay Freeze")).misses).toBe(0), { withinMs: 30_000 });
  expect((await patient.sessionOf("Fay Freeze")).id).toBe(sessionId);
  await page.context().close();
});
