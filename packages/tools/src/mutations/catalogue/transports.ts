/** The server's sockets and both of their dialects. */
import type { Mutation } from "../mutation.ts";

const inFolder = (name: string) => `apps/api/src/transports/${name}.ts`;
const trpcLink = "packages/trpc/src/link/trpcLink.ts";
const socketLink = "packages/trpc/src/socket/socketLink.ts";
const calls = [inFolder("callsUnderWay.test")];
const subscriptions = [inFolder("trpcSubscriptions.test")];
const sockets = [inFolder("serverSocket.test")];

export const transports: readonly Mutation[] = [
  {
    rule: "HB10",
    does: "takes bytes in the middle of a message for a heartbeat",
    file: "apps/api/src/transports/beatReader.ts",
    find: "if (this.#left === 0 && isBeat(",
    replace: "if (isBeat(",
    tests: ["apps/api/src/transports/beatReader.test.ts"],
  },
  {
    rule: "SES4",
    does: "lets one client have any number of calls under way",
    file: socketLink,
    find: "    if (this.#inFlight >= most) return false;\n",
    replace: "",
    tests: calls,
  },
  {
    rule: "SES4",
    does: "never counts a call as answered",
    file: socketLink,
    find: "    this.#inFlight -= 1;\n",
    replace: "",
    tests: calls,
  },
  {
    rule: "SES4",
    does: "never counts a JSON call as answered",
    file: inFolder("jsonSocket"),
    find: ".finally(() => this.endCall())",
    replace: "",
    tests: calls,
  },
  {
    rule: "SES4",
    does: "never counts a tRPC call as answered",
    file: trpcLink,
    find: "    else this.endCall();\n",
    replace: "",
    tests: calls,
  },
  {
    rule: "SOC1",
    does: "hears of a half-closed connection only when TCP is closed both ways",
    file: inFolder("serverSocket"),
    find: '    stream.on("end", streamEnded);\n',
    replace: "",
    tests: sockets,
  },
  {
    rule: "SES4",
    does: "takes one id for two subscriptions",
    file: trpcLink,
    find: "    if (this.#startOfEvents(message.id) !== undefined) return duplicate(message.id);\n",
    replace: "",
    tests: subscriptions,
  },
  {
    rule: "SES4",
    does: "takes an id for session.events that another subscription has",
    file: trpcLink,
    find: "    if (owner !== undefined) owner.deliver(raw);\n    else if",
    replace: '    if (owner !== undefined && method !== "subscription") owner.deliver(raw);\n    else if',
    tests: subscriptions,
  },
  {
    rule: "SES4",
    does: "takes an id for another subscription that session.events has",
    file: trpcLink,
    find: "    if (this.#startOfEvents(message.id) !== undefined) return",
    replace: "    if (this.#isEvents(message) && this.#startOfEvents(message.id) !== undefined) return",
    tests: subscriptions,
  },
  {
    rule: "CLT3",
    does: "goes on with a subscription to session.events that was stopped",
    file: trpcLink,
    find: "    this.#events = this.#events.filter((events) => events !== start);\n",
    replace: "",
    tests: subscriptions,
  },
  {
    rule: "CLT3",
    does: "tells whoever stopped a subscription to session.events that it goes on",
    file: trpcLink,
    find: '"result":{"type":"stopped"}}',
    replace: '"result":{"type":"data"}}',
    tests: subscriptions,
  },
  {
    rule: "CLT3",
    does: "ignores the stop of a feed",
    file: trpcLink,
    find: "    if (owner !== undefined) owner.deliver(raw);\n    else if",
    replace: '    if (owner !== undefined && method === "subscription") owner.deliver(raw);\n    else if',
    tests: subscriptions,
  },
  {
    rule: "CLT3",
    does: "counts a feed that was stopped among the subscriptions",
    file: trpcLink,
    find: "this.#subscriptions?.delete(call.id);",
    replace: "this.#subscriptions?.get(call.id);",
    tests: subscriptions,
  },
  {
    rule: "SOC1",
    does: "reads JSON from binary frames",
    file: inFolder("jsonSocket"),
    find: '    if (isBinary) return this.violated("binary frames are not part of this protocol");\n',
    replace: "",
    tests: calls,
  },
  {
    rule: "CLT3",
    does: "reads tRPC from binary frames",
    file: inFolder("trpcSocket"),
    find:
      '  if (typeof data !== "string") throw new TypeError("binary frames are not part of this protocol");\n' +
      '  return parseClientJson(data, "frame");\n',
    replace: '  return parseClientJson(String(data), "frame");\n',
    tests: calls,
  },
];
