/** What a server builds a dialect of its own from, on tRPC or beside it. */

export type { DrivenSocket, SocketDriver } from "../socket/drivenSocket.ts";
export { Frame, type TextPart } from "../socket/frame.ts";
export { MAX_UNSENT_PONGS, Pongs } from "../socket/pongs.ts";
export { MAX_IN_FLIGHT, SocketLink } from "../socket/socketLink.ts";
export { EncodedEvent } from "./encodedEvent.ts";
export { type Ending, endingProblem, type TrpcProblem, tooMany } from "./errorFrame.ts";
export { Exchange, type ExchangeOwner } from "./exchange.ts";
export { jsonOf, withJson } from "./knownJson.ts";
export {
  type Call,
  type CallId,
  type Envelope,
  type IdLength,
  isObject,
  MalformedMessageError,
  type TrpcMessage,
  toNobody,
  type Unaddressed,
} from "./messages.ts";
export { createTrpcService, type ErrorInfo, type TrpcLimits, type TrpcService, type TrpcServiceOptions } from "./service.ts";
export { type Malformed, type Taken, TrpcLink } from "./trpcLink.ts";
