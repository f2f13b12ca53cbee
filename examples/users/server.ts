/** An application that lets its own users into the chat: it signs a token for whoever is signed in to it, and opens the chat with it. */
import { createHmac } from "node:crypto";
import { createServer } from "node:http";

const secret = process.env.CHAT_SECRET ?? "";
const chat = process.env.CHAT_URL ?? "http://localhost:8000";
if (Buffer.byteLength(secret) < 32) throw new Error("set CHAT_SECRET to the value of users.jwt.secret");

/** Stands for your own sign-in: who a cookie belongs to. */
const users = new Map([["session=ada", { id: "user-1", name: "Ada", rooms: ["general", "team-red"] }]]);

/** A JSON Web Token (HS256), good for ten minutes. Any JWT library makes the same. */
function chatToken({ id, name, rooms }: { id: string; name: string; rooms: string[] }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: id, name, rooms, exp: Math.floor(Date.now() / 1_000) + 600 };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

const server = createServer((request, response) => {
  const user = users.get(request.headers.cookie ?? "");
  if (request.url === "/sign-in") return response.writeHead(303, { "set-cookie": "session=ada", location: "/chat" }).end();
  if (user === undefined) return response.writeHead(303, { location: "/sign-in" }).end();
  // For pages that ask again before a token expires: window.lastbeat = { token: () => fetch("/chat-token").then((r) => r.text()) }
  if (request.url === "/chat-token") return response.writeHead(200, { "cache-control": "no-store" }).end(chatToken(user));
  response.writeHead(303, { location: `${chat}/r/general#token=${chatToken(user)}` }).end();
});
server.listen(Number(process.env.PORT ?? 8080), () => console.log(server.address()));
