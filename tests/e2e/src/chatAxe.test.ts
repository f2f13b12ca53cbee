/** The chat's pages in every state they can be in, looked at by axe: dark and light. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { axeProblems } from "./harness/axe.ts";
import { Browser } from "./harness/browser.ts";
import { ChatPage } from "./harness/chatPage.ts";
import { Server } from "./harness/server.ts";

let server: Server;
let browser: Browser;
beforeAll(async () => {
  server = await Server.start({ lab: true, settings: { maxSessions: 2 } });
  browser = await Browser.launch();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

test("axe finds nothing wrong with the chat: entry, room, corner, members, lab, full server, waiting messages, errors", async () => {
  const problems: Record<string, string[]> = {};
  const page = await browser.newPage();
  const look = async (what: string, at = page) => {
    const found = await axeProblems(at);
    if (found.length > 0) problems[what] = found;
  };

  await page.goto(`${server.url}/`);
  await page.getByLabel("Your name").waitFor();
  await look("entry page");
  await page.getByRole("button", { name: "Enter the room" }).click();
  await look("entry page, nothing filled in");
  await page.goto(`${server.url}/r/Not%20A%20Room`);
  await page.getByText("No room can have this name").waitFor();
  await look("a room that cannot be");

  const ada = await ChatPage.enter(page, server, "Ada");
  await look("an empty room");
  const bob = await ChatPage.enter(await browser.newPage(), server, "Bob");
  await ada.say("first");
  await bob.say("second");
  await page.locator("article").filter({ hasText: "second" }).waitFor();
  await look("a room");
  await page.getByRole("button", { name: /^Connection: / }).click();
  await page.getByText("Lost connection").waitFor();
  await look("the connection's terms");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Connection lab" }).click();
  await page.getByTestId("lab").waitFor();
  await look("the lab");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByRole("button", { name: /^Who is here/ }).click();
  await page.getByRole("dialog").waitFor();
  await look("the members, narrow");
  await page.keyboard.press("Escape");
  await look("a room, narrow");

  const outside = await browser.newPage();
  await outside.goto(`${server.url}/r/general`);
  await outside.getByLabel("Your name").waitFor();
  await look("asked for a name", outside);
  await outside.getByLabel("Your name").fill("Otto");
  await outside.getByRole("button", { name: "Enter general" }).click();
  await outside.getByTestId("not-in").waitFor();
  await look("a full server", outside);

  await page.context().setOffline(true);
  await page.getByLabel("Message to general").fill("waits");
  await page.keyboard.press("Enter");
  await page.getByTestId("outgoing").waitFor();
  await look("a message that waits");
  await page.getByRole("button", { name: "Leave the room" }).click();
  await page.getByRole("alertdialog").waitFor();
  await look("the question before leaving");
  expect(problems).toEqual({});
});

test("axe finds nothing wrong with the idle warning and an ended session", async () => {
  await using short = await Server.start({ settings: { sessionTimeoutMs: 12_000, idleWarningMs: 11_000 } });
  const page = await browser.newPage();
  await ChatPage.enter(page, short, "Ida Idle");
  await page.getByText("Still there?").waitFor();
  expect(await axeProblems(page)).toEqual([]);
  await page.getByTestId("ended").waitFor({ timeout: 20_000 });
  expect(await axeProblems(page)).toEqual([]);
});
