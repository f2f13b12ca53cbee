/** Every door declares the access it needs, and refuses whoever does not have it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routersOf } from "../app.ts";
import { accessOf } from "../auth/routeAccess.ts";
import { commands } from "../cli/run.ts";
import { operations } from "../rest/routes.ts";
import type { Context } from "../routers/context.ts";
import { appRouter } from "../routers/index.ts";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { type Access, type Right, rightMeanings, rights, roleRights, roles } from "./rights.ts";

/** What needs no sign-in. Whoever adds to it makes something public. */
const usersProcedures = [/^chat\./, /^lab\./, /^session\.(?:stillHere|goodbye|renew)$/];
const publicProcedures = ["auth.me", "auth.ways", "session.events", "session.open"];
const publicRoutes = [
  "GET /admin/sign-in",
  "GET /api/openapi.json",
  "GET /healthz",
  "GET /readyz",
  "POST /admin/set-password",
  "POST /admin/sign-in",
  "POST /admin/sign-out",
  // Answers 404.
  "ANY /api/{*rest}",
];

interface Procedure {
  readonly path: string;
  readonly access: Access | undefined;
}

const procedures: readonly Procedure[] = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { meta?: { access?: Access } } }>,
).map(([path, { _def }]) => ({ path, access: _def.meta?.access }));
const isRight = (access: Access | undefined): access is Right => rights.includes(access as Right);
const guarded = procedures.filter(({ access }) => isRight(access)) as { path: string; access: Right }[];

describe("OPS5 each procedure, operation and route declares the access it needs", () => {
  test("OPS5 procedures without a right are those of the lists", () => {
    expect(procedures.length).toBeGreaterThan(20);
    expect(procedures.filter(({ access }) => access === undefined)).toEqual([]);
    const withAccess = (wanted: Access) => procedures.filter(({ access }) => access === wanted).map(({ path }) => path);
    expect(withAccess("anyone").sort()).toEqual(publicProcedures);
    expect(withAccess("operator").filter((path) => !path.startsWith("account."))).toEqual([]);
    expect(withAccess("session").filter((path) => !usersProcedures.some((allowed) => allowed.test(path)))).toEqual([]);
  });

  const call = (path: string, signIn: Context["signIn"]) => {
    const context = {
      services: {},
      link: null,
      session: null,
      connectionParams: null,
      address: "",
      signIn,
    } as unknown as Context;
    const caller = appRouter.createCaller(context);
    const procedure = path.split(".").reduce((at: unknown, name) => (at as Record<string, unknown>)[name], caller);
    return (procedure as (input: unknown) => Promise<unknown>)({});
  };

  test.each(guarded)("OPS5 $path refuses a stranger, and an operator with every right but $access", async ({ path, access }) => {
    await expect(call(path, null)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    const others = new Set(rights.filter((right) => right !== access));
    const signIn = { id: "a", name: "Ada", rights: others, isValid: () => true };
    await expect(call(path, signIn)).rejects.toMatchObject({ code: "FORBIDDEN", message: expect.stringContaining(access) });
  });

  test.each(operations.map(({ method, path, right }) => [method, path, right]))("OPS5 REST %s %s needs a right", (_, __, right) =>
    expect(rights).toContain(right),
  );

  test.each(commands.map(({ name, needs }) => [name, needs]))("OPS5 the command %s says what it needs", (_, needs) =>
    expect([...rights, "data folder"]).toContain(needs),
  );

  describe("OPS5 HTTP routes", () => {
    let running: TestServer;
    beforeAll(async () => {
      running = await startTestServer({ localReads: false });
    });
    afterAll(() => running[Symbol.asyncDispose]());

    function routes(): { readonly name: string; readonly access: Access | undefined }[] {
      const routers = routersOf(running.server.services);
      return routers.flatMap((router) =>
        router.stack.flatMap(({ methods, path, stack }) => {
          // A middleware of the router is no route.
          if (methods.length === 0) return [];
          const method = methods.length > 4 ? "ANY" : (methods.find((one) => one !== "HEAD") ?? "");
          const access = stack.map(accessOf).find((one) => one !== undefined);
          return [{ name: `${method} ${String(path)}`, access }];
        }),
      );
    }

    test("OPS5 declare their access; public ones are those of the list", () => {
      const all = routes();
      expect(all.length).toBeGreaterThan(operations.length);
      expect(all.filter(({ access }) => access === undefined)).toEqual([]);
      expect(
        all
          .filter(({ access }) => access === "anyone")
          .map(({ name }) => name)
          .sort(),
      ).toEqual([...publicRoutes].sort());
    });

    test("OPS5 refuse a stranger unless public", async () => {
      for (const { name, access } of routes()) {
        const [method = "", path = ""] = name.split(" ");
        if (!isRight(access)) continue;
        const { status } = await fetch(`${running.http}${path.replace(":id", "session_a")}`, { method });
        expect([name, status]).toEqual([name, 401]);
      }
    });
  });
});

test("OPS5 each role includes the one before, and the admin has every right", () => {
  const sets = roles.map((role) => roleRights[role] as ReadonlySet<Right>);
  for (const [at, set] of sets.entries()) expect([...(sets[at - 1] ?? [])].filter((right) => !set.has(right))).toEqual([]);
  expect(sets.at(-1)?.size).toBe(rights.length);
});

test("OPS5 SECURITY.md says of each right what it allows, and who has it", () => {
  const document = readFileSync(join(import.meta.dirname, "../../../../SECURITY.md"), "utf8");
  const rows = rights.map((right) => {
    const held = roles.map((role) => ((roleRights[role] as ReadonlySet<Right>).has(right) ? "yes" : "–"));
    return `| \`${right}\` | ${rightMeanings[right]} | ${held.join(" | ")} |`;
  });
  expect(document).toContain([`| right | allows to | ${roles.join(" | ")} |`, "|---|---|---|---|---|", ...rows].join("\n"));
});
