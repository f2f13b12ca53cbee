/** Sends each line of its input and prints what comes. Runs in a browser as well. */
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

let resume: string | undefined;
const socket = io(`http://localhost:${process.env.PORT ?? 8080}`, {
  transports: ["websocket"],
  auth: (answer) => answer({ user: "ada", resume }),
});
socket.on("lastbeat", (frame: { type: string; sessionId?: string; resumeToken?: string; retry?: boolean }) => {
  if (frame.type === "heartbeat") socket.emit("lastbeat", { type: "pong" });
  if (frame.type === "welcome") resume = `${frame.sessionId}.${frame.resumeToken}`;
  if (frame.type === "ending" && frame.retry === false) socket.disconnect();
  console.log(frame.type);
});
socket.on("said", (text: string) => console.log(text));

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => socket.emit("say", line));
lines.on("close", () => socket.disconnect());
