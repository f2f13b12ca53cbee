import type { EndView } from "@lastbeat/api";
import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-svelte";
import History from "../../routes/history/+page.svelte";
import StagedPage from "../pages/StagedPage.test.svelte";
import { stagedStats } from "../pages/testing/stagedApi.ts";
import { endView, NOW_MS } from "../testing.ts";

/** A server whose sessions go on ending. */
class Ending {
  ends: EndView[] = [];
  asked: object[] = [];

  end(count = 1): void {
    for (let made = 0; made < count; made += 1) {
      const number = this.ends.length + 1;
      this.ends = [
        endView({ sessionId: `session_${number}`, user: `user ${number}`, detectedAtMs: NOW_MS + number }),
        ...this.ends,
      ];
    }
  }

  async open() {
    await page.viewport(1280, 900);
    const list = async (query: { limit: number }) => {
      this.asked.push(query);
      const more = this.ends.length > query.limit;
      return {
        rows: this.ends.slice(0, query.limit),
        nextCursor: more ? "c" : null,
        total: this.ends.length,
        totalIsAtLeast: false,
      };
    };
    const stats = async () => ({ ...stagedStats, total: this.ends.length });
    const staging = {
      overviewFeed: () => ({ lastEnds: this.ends.slice(0, 10) }),
      api: { ends: { list: { query: list }, stats: { query: stats } } },
    };
    const screen = await render(StagedPage, { page: History, staging });
    const users = () =>
      [...screen.container.querySelectorAll('[aria-label="Ended sessions"] > li')].map(
        (row) => /user \d+/.exec(row.textContent)?.[0],
      );
    return { screen, users };
  }
}

test("new ends arrive by themselves while nobody reads", async () => {
  const server = new Ending();
  server.end(2);
  const { users } = await server.open();
  await expect.poll(users).toEqual(["user 2", "user 1"]);
  server.end();
  await expect.poll(users, { timeout: 6_000 }).toEqual(["user 3", "user 2", "user 1"]);
});

test("rows hold still while one reads, and say how many are new", async () => {
  const server = new Ending();
  server.end(2);
  const { screen, users } = await server.open();
  await expect.poll(users).toEqual(["user 2", "user 1"]);
  await screen.getByRole("button", { expanded: false }).first().click();
  await userEvent.unhover(screen.getByRole("list", { name: "Ended sessions" }));
  server.end(3);
  await expect.element(screen.getByRole("button", { name: "Show 3 new ends" })).toBeVisible();
  expect(users()).toEqual(["user 2", "user 1"]);
  await expect.element(screen.getByText("Verdict")).toBeVisible();

  await screen.getByRole("button", { name: "Show 3 new ends" }).click();
  await expect.poll(users).toEqual(["user 5", "user 4", "user 3", "user 2", "user 1"]);
  await expect.element(screen.getByText("5 ended sessions")).toBeVisible();
  await expect.element(screen.getByText("Verdict")).toBeVisible();
});

test("of very many new ends it shows the newest, and asks no more often than every two seconds", async () => {
  const server = new Ending();
  server.end(1);
  const { screen, users } = await server.open();
  await expect.poll(users).toEqual(["user 1"]);
  await screen.getByRole("button", { expanded: false }).first().click();
  const before = server.asked.length;
  server.end(70);
  await expect.element(screen.getByRole("button", { name: "Show more than 50 new ends" })).toBeVisible();
  server.end();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(server.asked.length - before).toBeLessThanOrEqual(2);
  await screen.getByRole("button", { name: /^Show .* new ends$/ }).click();
  await expect.poll(() => users()[0]).toMatch(/user 7[12]/);
  expect(users()).toHaveLength(50);
});

test("the columns have heads where there are columns", async () => {
  const server = new Ending();
  server.end(2);
  const { screen } = await server.open();
  const heads = screen.getByTestId("heads");
  for (const head of ["Ended", "User and room", "Reason", "Detail", "Detected in", "Lasted"]) {
    await expect.element(heads.getByText(head, { exact: true })).toBeVisible();
  }
  const left = (element: Element) => element.getBoundingClientRect().left;
  const reason = heads.getByText("Reason", { exact: true }).element();
  // The reason stands beside its icon.
  expect(left(screen.getByText("The client was unreachable").first().element()) - left(reason)).toBeLessThan(26);
});
