import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import type { Session } from "../keeper/types.ts";
import type { Frame } from "./frames.ts";
import { keepSocketIo } from "./socketIo.ts";
import { adapterContract, type MakeServer } from "./testing/adapterContract.ts";
import { ListenerCount } from "./testing/leftListeners.ts";
import { closed, dutiful, Inbox, type Peer, type PeerOptions } from "./testing/peer.ts";
import { opcodes, RawWebSocket } from "./testing/rawWebSocket.ts";

const makeServer: MakeServer = async (keeper, { maxMessageBytes }) => {
  const http = createServer();
  const server = new Server(http, { maxHttpBufferSize: maxMessageBytes, serveClient: false });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const sessions: Promise<Session | null>[] = [];
  const sockets: Socket[] = [];
  const count = new ListenerCount();
  const keep = (socket: Socket) => {
    const { user = "guest", room } = socket.handshake.auth as PeerOptions;
    return keepSocketIo(keeper, socket, { user, room, data: { named: user } });
  };
  server.on("connection", (socket) => {
    sockets.push(socket);
    count.watch(socket, socket.conn);
    sessions.push(keep(socket));
  });
  return {
    sessions,
    connect: async (options) => connectPeer((http.address() as AddressInfo).port, options),
    send: (text) => sockets.at(-1)?.emit("much", text),
    closeLatest: () => sockets.at(-1)?.disconnect(true),
    keepLatest: () => sockets.slice(-1).map(keep)[0],
    leftListeners: () => count.left,
    [Symbol.asyncDispose]: () => server.close(),
  };
};

/** Speaks the protocols of Engine.IO (the first digit) and Socket.IO (the second) itself. */
function connectPeer(port: number, options: PeerOptions = {}): Peer {
  const inbox = new Inbox();
  const answers = dutiful();
  const send = (packet: string) => raw.send(opcodes.text, packet);
  const say = (frame: Frame) => send(`42${JSON.stringify(["lastbeat", frame])}`);
  const raw = new RawWebSocket(port, "/socket.io/?EIO=4&transport=websocket", (opcode, payload) => {
    const text = payload.toString();
    if (opcode === opcodes.close) raw.send(opcodes.close, payload.subarray(0, 2));
    if (opcode === opcodes.close) raw.socket.end();
    if (opcode !== opcodes.text) return;
    if (text.startsWith("0")) send(`40${JSON.stringify(options)}`);
    if (text === "2" && answers.pings) send("3");
    if (!text.startsWith("42")) return;
    const [event, frame] = JSON.parse(text.slice(2)) as [string, Frame];
    if (event !== "lastbeat") return;
    if (frame.type === "heartbeat" && answers.heartbeats) say({ type: "pong" });
    inbox.add(frame);
  });
  const closeFrame = () => raw.send(opcodes.close, Buffer.from([0x03, 0xe9]));
  return {
    inbox,
    answers,
    say,
    ping: () => say({ type: "ping" }),
    beat: () => say({ type: "pong" }),
    goodbye() {
      send("41");
      closeFrame();
    },
    closeFrame,
    halfClose: () => raw.socket.end(),
    stopReading: () => raw.socket.pause(),
    sendGarbage: () => send("4what?"),
    sendTooMuch: (bytes) => send(`42["much","${"x".repeat(bytes)}"]`),
    gone: closed(raw.socket),
    destroy: () => raw.socket.destroy(),
  };
}

adapterContract("keepSocketIo", makeServer, { answersPings: true, handsMessagesOn: false });
