import { describe, expect, test } from "vitest";
import { type ChromiumSearch, findChromium } from "./findChromium.ts";

function machine(files: readonly string[], env: ChromiumSearch["env"] = {}): ChromiumSearch {
  return { env, exists: (path) => files.includes(path), playwrightPath: () => "/cache/playwright/chrome" };
}

describe("findChromium", () => {
  test("CHROMIUM_PATH takes precedence over everything else", () => {
    const search = machine(["/opt/chrome", "/cache/playwright/chrome", "/usr/bin/chromium"], { CHROMIUM_PATH: "/opt/chrome" });
    expect(findChromium(search)).toBe("/opt/chrome");
  });

  test("a CHROMIUM_PATH that does not exist is an error, not a reason to use another browser", () => {
    const search = machine(["/usr/bin/chromium"], { CHROMIUM_PATH: "/opt/none" });
    expect(() => findChromium(search)).toThrow("CHROMIUM_PATH is /opt/none, which does not exist");
  });

  test.each([
    [["/cache/playwright/chrome", "/usr/bin/chromium"], "/cache/playwright/chrome"],
    [["/usr/bin/chromium", "/usr/bin/chromium-browser"], "/usr/bin/chromium"],
    [["/usr/bin/chromium-browser", "/opt/bin/google-chrome"], "/usr/bin/chromium-browser"],
    [["/opt/bin/google-chrome"], "/opt/bin/google-chrome"],
  ])("of %j it takes %s", (files, expected) => {
    expect(findChromium(machine(files, { PATH: "/usr/local/bin:/opt/bin" }))).toBe(expected);
  });

  test("a platform for which Playwright has no browser does not stop the search", () => {
    const search: ChromiumSearch = {
      ...machine(["/usr/bin/chromium"]),
      playwrightPath: () => {
        throw new Error("unsupported platform");
      },
    };
    expect(findChromium(search)).toBe("/usr/bin/chromium");
  });

  test("without any browser, the error says in one line how to get one", () => {
    expect(() => findChromium(machine([]))).toThrow(/^No Chromium found.*apt-get install chromium.*CHROMIUM_PATH.*$/);
  });
});
