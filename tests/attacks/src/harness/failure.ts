/** What a line of the log or a trace looks like where nobody took care of an exception. A client that goes silent is an ERROR too, but right. */
export const FAILURE =
  /^\S+ ERROR (?!Max heartbeat failures reached for ).*|^\s+at .*|.*(?:Unhandled|Uncaught|RangeError|TypeError|MaxListenersExceeded).*/m;
