/** Asking something that answers with 200 and is no Lastbeat server, or that stands in front of one and cuts its answers off. */
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server } from "node:net";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { expect, test } from "vitest";
import { cli } from "./testing/cliRun.ts";

async function listening(server: Server): Promise<{ readonly url: string } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

const answering = (answer: RequestListener) => listening(createServer({ keepAlive: false }, answer));

const line = JSON.stringify({ ...sampleOpened("session_a"), ...sampleEnded("session_a") });

test.each([
  [["sessions"]],
  [["stats"]],
  [["ends"]],
  [["ends", "--format", "jsonl"]],
  [["ends", "--format", "json"]],
  [["end", "session_a"]],
])("%j of a page that is no JSON is 1 and one line", async (args) => {
  const page = "<!doctype html>\n<title>Sign in</title>\n";
  await using other = await answering((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(page));
  const message = `lastbeat: ${other.url} answered with something that is not JSON: is this a Lastbeat server?`;
  expect(await cli([...args, "--url", other.url])).toEqual({ code: 1, out: "", err: [message] });
});

test("an export that claims to be JSON lines but is not exits with 1 and one line", async () => {
  const headers = { "content-type": "application/jsonl; charset=utf-8" };
  await using other = await answering((_, response) => response.writeHead(200, headers).end(`${line}\n<html>\n`));
  const { code, err } = await cli(["ends", "--format", "jsonl", "--url", other.url]);
  expect([code, err]).toEqual([1, [expect.stringContaining("something that is not JSON")]]);
});

/** Answers as a proxy that speaks HTTP/1.0 does: the end of the connection is the end of the answer. */
const cutOff = (body: string) =>
  listening(
    createSocketServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(`HTTP/1.0 200 OK\r\nContent-Type: application/jsonl; charset=utf-8\r\n\r\n${body}`));
    }),
  );

test("an export that ends in the middle of a line is reported as incomplete and exits with 1", async () => {
  await using proxy = await cutOff(`${line}\n${line.slice(0, 100)}`);
  const { code, out, err } = await cli(["ends", "--format", "jsonl", "--url", proxy.url]);
  const message = "lastbeat: the response was cut off, so the output is incomplete: it ends in the middle of a line";
  expect([code, out.split("\n").length, err]).toEqual([1, 2, [message]]);
});

test("an export that ends with a complete line counts as complete behind such a proxy", async () => {
  await using proxy = await cutOff(`${line}\n`);
  expect(await cli(["ends", "--format", "jsonl", "--url", proxy.url])).toMatchObject({ code: 0, err: [] });
});
