/** Sends each line of its input and prints what comes. */
import { connect } from "node:net";
import { createInterface } from "node:readline";

const socket = connect(Number(process.env.PORT ?? 8080), "localhost");
const send = (frame: object) => socket.write(`${JSON.stringify(frame)}\n`);
send({ type: "hello", user: "ada" });
createInterface({ input: socket }).on("line", (line) => {
  const frame: { type: string; text?: string } = JSON.parse(line);
  if (frame.type === "heartbeat") send({ type: "pong" });
  console.log(frame.text ?? frame.type);
});

const lines = createInterface({ input: process.stdin });
lines.on("line", (text) => send({ type: "say", text }));
lines.on("close", () => send({ type: "goodbye" }));
