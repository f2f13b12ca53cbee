/**
 * A network that loses packets: a namespace with clients, behind one that passes packets on and drops some of them, both ways, as a
 * bad radio link does. Neither end is told; TCP has to find out by itself.
 */
import { execFileSync } from "node:child_process";
import { noNamespaces } from "./netns.ts";
import { leftovers } from "./run.ts";

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Why this machine cannot have one; `null` when it can. */
export function noLossyLinks(): string | null {
  const obstacle = noNamespaces();
  if (obstacle !== null) return obstacle;
  try {
    using link = new LossyLink();
    link.lose(0.5);
    return null;
  } catch (error) {
    return `no iptables with the match "statistic": ${String(error).slice(0, 200)}`;
  }
}

export class LossyLink implements Disposable {
  readonly #router = `lastbeat-r${process.pid}`;
  readonly #clients = `lastbeat-c${process.pid}`;
  readonly #near = `lr${process.pid}a`;
  readonly #middle = `lr${process.pid}b`;
  /** Of the subnet 198.18.0.0/15, set aside for tests of networks; the other half is taken by `Cable`. */
  readonly #subnet = `198.19.${process.pid % 256}`;

  /** The address of this machine on the link, to which a server can be bound. */
  readonly address = `${this.#subnet}.1`;

  constructor() {
    leftovers.noteNamespace(this.#router, this.#near);
    leftovers.noteNamespace(this.#clients, this.#near);
    run("ip", "netns", "add", this.#router);
    run("ip", "netns", "add", this.#clients);
    try {
      this.#connect();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  #connect(): void {
    const [router, clients] = [this.#router, this.#clients];
    run("ip", "link", "add", this.#near, "type", "veth", "peer", "name", this.#middle, "netns", router);
    run("ip", "address", "add", `${this.address}/30`, "dev", this.#near);
    run("ip", "link", "set", this.#near, "up");
    run("ip", "-n", router, "address", "add", `${this.#subnet}.2/30`, "dev", this.#middle);
    run("ip", "-n", router, "link", "set", this.#middle, "up");
    run("ip", "-n", router, "link", "add", "far", "type", "veth", "peer", "name", "end", "netns", clients);
    run("ip", "-n", router, "address", "add", `${this.#subnet}.5/30`, "dev", "far");
    run("ip", "-n", router, "link", "set", "far", "up");
    run("ip", "-n", clients, "address", "add", `${this.#subnet}.6/30`, "dev", "end");
    run("ip", "-n", clients, "link", "set", "end", "up");
    run("ip", "-n", clients, "route", "add", "default", "via", `${this.#subnet}.5`);
    run("ip", "route", "add", `${this.#subnet}.4/30`, "via", `${this.#subnet}.2`);
    run("ip", "netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
  }

  /** The command that runs a program on the far end, to be put before it. */
  get prefix(): readonly string[] {
    return ["ip", "netns", "exec", this.#clients];
  }

  /** From now on this share of the packets is lost, each by itself, in both directions. */
  lose(share: number): void {
    const rule = ["-m", "statistic", "--mode", "random", "--probability", String(share), "-j", "DROP"];
    run("ip", "netns", "exec", this.#router, "iptables", "-F", "FORWARD");
    if (share > 0) run("ip", "netns", "exec", this.#router, "iptables", "-A", "FORWARD", ...rule);
  }

  [Symbol.dispose](): void {
    leftovers.removeNamespace(this.#clients);
    leftovers.removeNamespace(this.#router);
  }
}
