/** Sends each line of its input and prints what comes; comes back by itself when the connection is lost. Runs in a browser as well. */
import { createInterface } from "node:readline";
import { createClientConnection, dialWebSocket, pageClock } from "@lastbeat/core/client";

const url = `ws://localhost:${process.env.PORT ?? 8080}/?user=ada`;
const dial = dialWebSocket(url, { WebSocket, onMessage: (data) => console.log(data) });
const connection = createClientConnection({
  dial,
  clock: pageClock,
  random: Math.random,
  onState: ({ name }) => console.log(name),
});
connection.start();

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (!dial.send(line)) console.log("not connected");
});
lines.on("close", () => {
  dial.goodbye();
  connection.leave();
});
