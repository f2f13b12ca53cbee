import { expect, test } from "vitest";
import { endQuerySchema } from "../contract/endQuery.ts";
import { version } from "../version.ts";
import { helpOf } from "./command.ts";
import { commands } from "./run.ts";
import { cli } from "./testing/cliRun.ts";

test.each([[[]], [["--help"]], [["-h"]], [["help"]]])("%j lists the commands", async (args) => {
  const { code, out, err } = await cli(args);
  expect([code, err]).toEqual([0, []]);
  for (const { name, words } of commands) expect(out).toContain(`  ${`${name} ${words}`.trimEnd()} `);
  expect(out).toContain("Exit status: 0 done, 1 failed or violations found, 2 usage error");
});

test.each(commands.map((command) => [command.name, command] as const))(
  "%s --help shows flags and examples",
  async (name, command) => {
    const ran = await cli([...name.split(" "), "--help"]);
    expect(ran).toEqual({ code: 0, out: helpOf(command), err: [] });
    for (const flag of Object.keys(command.flags)) expect(ran.out).toContain(`\n  --${flag}`);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const line of ran.out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  },
);

test("every field of the query model is a flag of ends", async () => {
  const { out } = await cli(["ends", "--help"]);
  const names = Object.keys(endQuerySchema.shape).map((field) => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  for (const name of names) expect(out).toContain(`\n  --${name} `);
});

test("token --help lists only its commands, --version prints the version", async () => {
  const { out } = await cli(["token", "--help"]);
  expect(out).toContain("token create <name>");
  expect(out).not.toContain("audit");
  expect((await cli(["--version"])).out).toBe(`${version}\n`);
});
