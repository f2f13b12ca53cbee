/** The servers that are measured, and what their clients speak. */

export interface Contender {
  readonly title: string;
  /** A module of `servers/`, or a program that prints its port. */
  readonly server: string | { readonly program: "floor" | "nats-server" };
  readonly dialect: string;
  readonly path: string;
  /** Its sessions say by themselves that they are alive. */
  readonly drives?: boolean;
  /** The longest that a dead session may go unnoticed, in heartbeat intervals; absent where nothing is promised. */
  readonly boundIntervals?: number;
}

export const contenders = {
  floor: { title: "C epoll", server: { program: "floor" }, dialect: "floor", path: "/" },
  bare: { title: "bare `ws`", server: "bareWs.ts", dialect: "bare", path: "/" },
  "socket.io": { title: "Socket.IO", server: "socketIo.ts", dialect: "socket.io", path: "/socket.io/?EIO=4&transport=websocket" },
  trpc: { title: "tRPC keepAlive", server: "trpc.ts", dialect: "trpc", path: "/" },
  colyseus: { title: "Colyseus", server: "colyseus.ts", dialect: "colyseus", path: "/" },
  nats: { title: "NATS", server: { program: "nats-server" }, dialect: "nats", path: "/" },
  core: { title: "core on bare `ws`", server: "core.ts", dialect: "core", path: "/", boundIntervals: 3 },
  "lastbeat-trpc": {
    title: "Lastbeat tRPC",
    server: "lastbeat.ts",
    dialect: "lastbeat-trpc",
    path: "/trpc?connectionParams=1",
    boundIntervals: 3,
  },
  "lastbeat-open": {
    title: "Lastbeat tRPC, `session.open`",
    server: "lastbeat.ts",
    dialect: "lastbeat-trpc-open",
    path: "/trpc",
    boundIntervals: 3,
  },
  "lastbeat-trpc-driven": {
    title: "Lastbeat tRPC, client's beats",
    server: "lastbeat.ts",
    dialect: "lastbeat-trpc-driven",
    path: "/trpc?connectionParams=1",
    drives: true,
    boundIntervals: 3,
  },
  "lastbeat-json": {
    title: "Lastbeat JSON",
    server: "lastbeat.ts",
    dialect: "lastbeat-json",
    path: "/ws/new",
    boundIntervals: 3,
  },
  "lastbeat-json-driven": {
    title: "Lastbeat JSON, client's beats",
    server: "lastbeat.ts",
    dialect: "lastbeat-json-driven",
    path: "/ws/new",
    drives: true,
    boundIntervals: 3,
  },
} as const satisfies Record<string, Contender>;

export type ContenderKey = keyof typeof contenders;
export const contenderKeys = Object.keys(contenders) as ContenderKey[];
