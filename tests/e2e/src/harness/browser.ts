/** A Chromium of the test's own: a process that can be killed, and whose pages' processes can be frozen. */

import { within } from "@lastbeat/support/eventually";
import { chromiumArgs, findChromium } from "@lastbeat/tools/findChromium";
import { chromium, type Page, type Browser as PlaywrightBrowser } from "playwright-core";
import { leftovers } from "./run.ts";

const CLOSE_MS = 5_000;
const PAGE_MS = 10_000;

export interface BrowserOptions {
  /** Wraps Chromium's command, such as to run it in a network namespace. @returns the path of what runs it. */
  readonly wrap?: (chromiumPath: string) => string;
}

export class Browser implements AsyncDisposable {
  readonly #browser: PlaywrightBrowser;
  /** The browser's first process, which leads the group of all of them. */
  readonly pid: number;

  private constructor(browser: PlaywrightBrowser, pid: number) {
    this.#browser = browser;
    this.pid = pid;
  }

  static async launch({ wrap = (path) => path }: BrowserOptions = {}): Promise<Browser> {
    const browser = await chromium.launch({
      executablePath: wrap(findChromium()),
      args: [...chromiumArgs],
      // Chromium keeps sockets and profiles here, and cannot remove them when it is killed.
      env: { ...process.env, TMPDIR: leftovers.folder },
    });
    const [pid] = await processesOf(browser, "browser");
    if (pid === undefined) throw new Error("Chromium does not say which process it is");
    leftovers.noteProcess(pid);
    return new Browser(browser, pid);
  }

  /** A page that shares no cookie and no storage with any other. */
  async newPage(): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(PAGE_MS);
    return context.newPage();
  }

  /** Kills every process of it, as a crash of the machine's window system or the user's patience would. */
  kill(): void {
    process.kill(-this.pid, "SIGKILL");
  }

  /** Stops the processes that run pages; the one that holds the sockets goes on. @returns how many it stopped. */
  async freezePages(): Promise<number> {
    const pids = await processesOf(this.#browser, "renderer");
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    return pids.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#browser.isConnected()) return;
    const gone = new Promise((resolve) => this.#browser.once("disconnected", resolve));
    // A frozen page would make an orderly close wait for ever.
    this.kill();
    await within(gone, CLOSE_MS, "the browser's end");
  }
}

async function processesOf(browser: PlaywrightBrowser, type: "browser" | "renderer"): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter((info) => info.type === type).map(({ id }) => id);
}
