/**
 * A network of the test's own: a namespace joined to this machine by a virtual cable that can be cut. Nobody on the other end
 * hears of a cut: no FIN, no RST, no ICMP, as when a laptop's lid closes or a train enters a tunnel.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { leftovers } from "./run.ts";

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Why this machine cannot have one; `null` when it can. */
export function noNamespaces(): string | null {
  if (process.platform !== "linux") return "not Linux";
  if (process.getuid?.() !== 0) return "not root";
  const name = `lastbeat-try-${process.pid}`;
  try {
    ip("netns", "add", name);
    ip("netns", "delete", name);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "no ip command" : "not allowed here";
  }
}

export class Cable implements Disposable {
  readonly #namespace = `lastbeat-${process.pid}`;
  readonly #near = `lb${process.pid}a`;
  readonly #far = `lb${process.pid}b`;
  /** The subnet 198.18.0.0/15 is set aside for tests of networks; every process takes four addresses of it. */
  readonly #subnet = `198.18.${process.pid % 256}`;

  /** The address of this machine on the cable, to which a server can be bound. */
  readonly address = `${this.#subnet}.1`;

  constructor() {
    leftovers.noteNamespace(this.#namespace, this.#near);
    ip("netns", "add", this.#namespace);
    try {
      ip("link", "add", this.#near, "type", "veth", "peer", "name", this.#far, "netns", this.#namespace);
      ip("address", "add", `${this.address}/30`, "dev", this.#near);
      ip("link", "set", this.#near, "up");
      this.#inside("address", "add", `${this.#subnet}.2/30`, "dev", this.#far);
      this.#inside("link", "set", this.#far, "up");
      this.#inside("link", "set", "lo", "up");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Writes a script that runs a program on the far end. @returns its path. */
  wrap(program: string): string {
    const script = join(leftovers.newFolder("cable"), "run");
    writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${this.#namespace} ${program} "$@"\n`, { mode: 0o755 });
    return script;
  }

  cut(): void {
    this.#inside("link", "set", this.#far, "down");
  }

  /** Swallows every packet in either direction, while both ends believe that the cable is whole: each sends to a card that is not there. */
  swallow(): void {
    const nowhere = ["lladdr", "02:00:00:00:00:fe", "nud", "permanent"];
    ip("neighbour", "replace", `${this.#subnet}.2`, ...nowhere, "dev", this.#near);
    this.#inside("neighbour", "replace", this.address, ...nowhere, "dev", this.#far);
  }

  /** Lets packets through again. */
  release(): void {
    ip("neighbour", "delete", `${this.#subnet}.2`, "dev", this.#near);
    this.#inside("neighbour", "delete", this.address, "dev", this.#far);
  }

  /** Joins it again. */
  mend(): void {
    this.#inside("link", "set", this.#far, "up");
  }

  #inside(...args: string[]): void {
    ip("-n", this.#namespace, ...args);
  }

  [Symbol.dispose](): void {
    leftovers.removeNamespace(this.#namespace);
  }
}
