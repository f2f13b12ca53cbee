import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { chromiumArgs, findChromium } from "./packages/tools/src/findChromium.ts";
import { webApps } from "./packages/tools/src/inputsHash.ts";
import { PassedFailedReporter } from "./packages/tools/src/passedFailedReporter.ts";

/** Only a run that needs a browser fails without one; `npm test` checks first and says how to get one. */
function chromiumIfAny(): string | undefined {
  try {
    return findChromium();
  } catch {
    return undefined;
  }
}

const executablePath = chromiumIfAny();

/** Components of one folder in a real browser. Extending the folder's own Vite config brings Svelte, and for an app Tailwind and `$app/*`. */
function components(name: string, folder: string): TestProjectConfiguration {
  return {
    extends: `${folder}/vite.config.ts`,
    root: folder,
    test: {
      name,
      include: ["src/**/*.svelte.test.ts"],
      setupFiles: ["vitest-browser-svelte"],
      sequence: { groupOrder: 1 },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({
          launchOptions: { args: [...chromiumArgs], ...(executablePath === undefined ? {} : { executablePath }) },
        }),
        instances: [{ browser: "chromium" }],
      },
    },
  };
}

export default defineConfig({
  test: {
    reporters: ["default", new PassedFailedReporter()],
    projects: [
      {
        test: {
          name: "node",
          // Vitest leaves a core to itself, but with two of them these tests would run one file at a time.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          include: [
            "packages/{core,trpc,tools}/src/**/*.test.ts",
            "apps/api/src/**/*.test.ts",
            "tests/{support,bench}/src/**/*.test.ts",
          ],
          exclude: ["**/*.svelte.test.ts", "**/node_modules/**"],
          environment: "node",
          // Against hanging only: on a loaded machine a flush of the disk alone may take seconds.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      components("web", "./packages/web"),
      ...webApps.map((app) => components(app, `./apps/${app}`)),
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/src/**/*.test.ts"],
          globalSetup: ["tests/e2e/src/harness/globalSetup.ts"],
          environment: "node",
          // One at a time and after everything else: these tests measure detection times.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "attacks",
          include: ["tests/attacks/src/**/*.test.ts"],
          environment: "node",
          // One at a time and after everything else: these tests measure memory and the echo of healthy sessions.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "install",
          include: ["tests/install/src/**/*.test.ts"],
          environment: "node",
          // Installs packages: after everything that measures.
          sequence: { groupOrder: 4 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
