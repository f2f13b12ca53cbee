/** `npm run bench -- chat`: joins of a large room, one sender to many receivers, and rooms at a steady rate, beside peers. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type ChatRound, measureChat } from "./chatRound.ts";
import { type Contender, contenders } from "./contenders.ts";
import { compiled, installPeers } from "./install.ts";
import { ratio, shown, summaryOf, table } from "./peersTable.ts";

const chatContenders = {
  bare: { ...contenders.bare, server: "bareWsChat.ts" },
  "socket.io": { ...contenders["socket.io"], server: "socketIoChat.ts" },
  "lastbeat-trpc": { ...contenders["lastbeat-trpc"], title: "Lastbeat tRPC, stored" },
  "lastbeat-json": { ...contenders["lastbeat-json"], title: "Lastbeat JSON, stored" },
} as const satisfies Record<string, Contender>;

type Key = keyof typeof chatContenders;
type Rounds = ReadonlyMap<Key, readonly ChatRound[]>;

interface Line {
  readonly title: string;
  readonly digits: number;
  readonly value: (round: ChatRound) => number;
  readonly isCompared: boolean;
}

const lines: readonly Line[] = [
  { title: "joins of one room, processor ms", digits: 0, value: ({ join }) => join.all / 1e6, isCompared: true },
  { title: "one sender, deliveries per s", digits: 0, value: ({ fast }) => fast.perSecond, isCompared: true },
  { title: "… processor per delivery, µs", digits: 2, value: ({ fast }) => fast.spent.all, isCompared: true },
  { title: "rooms, processor per delivery, µs", digits: 2, value: ({ rooms }) => rooms.spent.all, isCompared: true },
  { title: "… on the main thread", digits: 2, value: ({ rooms }) => rooms.spent.main, isCompared: true },
  { title: "… median delay, ms", digits: 2, value: ({ rooms }) => rooms.medianMs, isCompared: false },
  { title: "… 99th percentile, ms", digits: 2, value: ({ rooms }) => rooms.p99Ms, isCompared: true },
  { title: "deliveries that did not come", digits: 0, value: ({ fast, rooms }) => fast.missed + rooms.missed, isCompared: false },
];

export async function chatBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      n: { type: "string", default: "1000" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      keys: { type: "string", default: Object.keys(chatContenders).join(",") },
    },
  });
  await installPeers();
  if ((await compiled("client")) === null) throw new Error("the client of this bench needs a C compiler");
  const receivers = Number(values.n);
  const rounds = new Map(chosen(values.keys).map((key): [Key, ChatRound[]] => [key, []]));
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const [key, measured] of rounds) {
      process.stderr.write(`chat, round ${round}, ${chatContenders[key].title} …\n`);
      measured.push(await measureChat(chatContenders[key], { receivers, seconds: Number(values.seconds) }));
    }
  }
  process.stdout.write(chatTable(rounds, receivers));
}

function chosen(keys: string): Key[] {
  return keys.split(",").map((key) => {
    if (!(key in chatContenders)) throw new Error(`there is no ${key}; there are ${Object.keys(chatContenders).join(", ")}`);
    return key as Key;
  });
}

function chatTable(rounds: Rounds, receivers: number): string {
  const keys = [...rounds.keys()];
  const summary = (key: Key, line: Line) => summaryOf((rounds.get(key) ?? []).map(line.value));
  const rows = lines.flatMap((line) => [
    [line.title, ...keys.map((key) => shown(summary(key, line), line.digits))],
    ...(["bare", "socket.io"] as const).flatMap((reference) => {
      const base = summary(reference, line)?.median ?? 0;
      if (!line.isCompared || base === 0) return [];
      return [[`× ${chatContenders[reference].title}`, ...keys.map((key) => ratio(summary(key, line)?.median, base))]];
    }),
  ]);
  const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`;
  const about = `${receivers.toLocaleString("en")} receivers; rooms of 100, 50 messages per s each; ${machine}`;
  return `\nChat, ${about}\n\n${table(["", ...keys.map((key) => chatContenders[key].title)], rows)}`;
}
