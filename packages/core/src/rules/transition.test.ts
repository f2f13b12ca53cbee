import { describe, expect, it } from "vitest";
import { endReasonNames } from "../protocol/endReason.ts";
import { sampleCause, sampleStates } from "../testing/sampleRecords.ts";
import { isResumable, type LifecycleEvent, type Transition, transition } from "./transition.ts";

const { opening, recording, over, active, suspended, ending, ended } = sampleStates;
const GRACE_MS = 30_000;
const lost = sampleCause("connection_lost");
const left = sampleCause("client_left");
const idle = sampleCause("idle");
const unreachable = sampleCause("unreachable");

const hello: LifecycleEvent = { type: "hello" };
const refused: LifecycleEvent = { type: "refused" };
const recorded: LifecycleEvent = { type: "recorded" };
const attached: LifecycleEvent = { type: "attached" };
const graceOver: LifecycleEvent = { type: "grace_over" };
const losing = (cause = lost): LifecycleEvent => ({ type: "lost", cause });
const endedBy = (cause = idle): LifecycleEvent => ({ type: "end", cause });
const unchanged: Transition = { to: "unchanged" };

describe("transition", () => {
  const cases: [string, Parameters<typeof transition>, Transition][] = [
    ["SES1 a valid hello begins the recording", [opening(), hello, GRACE_MS], { to: "recording" }],
    ["SES4 a hello that is refused: never a session", [opening(), refused, GRACE_MS], { to: "dropped" }],
    ["SES4 a second hello while the first is recorded changes nothing", [recording(), hello, GRACE_MS], unchanged],
    ["LED1 an opening the ledger refuses: never a session", [recording(), refused, GRACE_MS], { to: "dropped" }],
    ["SES4 a hello after a refusal changes nothing", [over(), hello, GRACE_MS], unchanged],
    ["SES4 refused twice is refused once", [over(), refused, GRACE_MS], unchanged],
    ["SES1 a hello on an active session changes nothing", [active(), hello, GRACE_MS], unchanged],
    ["SES1 an active session can no longer be refused", [active(), refused, GRACE_MS], unchanged],
    ["SES1 a suspended session can no longer be refused", [suspended(), refused, GRACE_MS], unchanged],
    ["SES1 a hello on a suspended session changes nothing", [suspended(), hello, GRACE_MS], unchanged],
    ["SES4 no hello and lost: never a session", [opening(), losing(), GRACE_MS], { to: "dropped" }],
    ["SES4 no hello and told to end: never a session", [opening(), endedBy(), GRACE_MS], { to: "dropped" }],
    ["SES4 no hello, so nothing that could be recorded", [opening(), recorded, GRACE_MS], unchanged],
    ["SES4 no hello, so nothing to attach to", [opening(), attached, GRACE_MS], unchanged],
    ["SES4 no hello, so no grace", [opening(), graceOver, GRACE_MS], unchanged],
    [
      "LED1 active once its opening is durable",
      [recording(), recorded, GRACE_MS],
      { to: "active", resumed: false, supersedes: false },
    ],
    [
      "SES5 lost while its opening is recorded: no client has a token to resume it",
      [recording(), losing(), GRACE_MS],
      { to: "ending", cause: lost },
    ],
    ["SES2 ended while its opening is recorded", [recording(), endedBy(), GRACE_MS], { to: "ending", cause: idle }],
    ["SES5 nothing attaches before the welcome", [recording(), attached, GRACE_MS], unchanged],
    ["SES5 no grace before the welcome", [recording(), graceOver, GRACE_MS], unchanged],
    ["SES4 refused, then lost", [over(), losing(), GRACE_MS], unchanged],
    ["SES4 refused, then ended", [over(), endedBy(), GRACE_MS], unchanged],
    ["SES4 refused, then recorded", [over(), recorded, GRACE_MS], unchanged],
    ["SES3 a second connection takes over", [active(), attached, 0], { to: "active", resumed: true, supersedes: true }],
    ["SES5 lost with grace", [active(), losing(), GRACE_MS], { to: "suspended", graceMs: GRACE_MS, loss: lost }],
    [
      "SES5 declared dead with grace",
      [active(), losing(unreachable), GRACE_MS],
      { to: "suspended", graceMs: GRACE_MS, loss: unreachable },
    ],
    ["SES5 lost without grace", [active(), losing(), 0], { to: "ending", cause: lost }],
    ["SES5 who left does not come back, grace or not", [active(), losing(left), GRACE_MS], { to: "ending", cause: left }],
    ["SES2 ended", [active(), endedBy(), GRACE_MS], { to: "ending", cause: idle }],
    ["SES1 nothing else moves an active session: recorded", [active(), recorded, GRACE_MS], unchanged],
    ["SES1 nothing else moves an active session: grace over", [active(), graceOver, GRACE_MS], unchanged],
    ["SES5 taken up again", [suspended(), attached, GRACE_MS], { to: "active", resumed: true, supersedes: false }],
    [
      "SES5 the grace runs out",
      [suspended(9, unreachable), graceOver, GRACE_MS],
      { to: "ending", cause: { ...unreachable, resumeExpired: true } },
    ],
    ["SES5 resumed although grace is now 0", [suspended(), attached, 0], { to: "active", resumed: true, supersedes: false }],
    ["SES2 ended while suspended: for that reason", [suspended(), endedBy(), GRACE_MS], { to: "ending", cause: idle }],
    ["SES5 lost again while suspended", [suspended(), losing(unreachable), GRACE_MS], unchanged],
    ["SES5 recorded while suspended", [suspended(), recorded, GRACE_MS], unchanged],
  ];
  it.each(cases)("%s", (_, args, next) => expect(transition(...args)).toEqual(next));

  const events = [hello, refused, recorded, attached, losing(), losing(left), endedBy(), graceOver];
  it.each(events)("SES2 the first reason wins: $type changes nothing while ending or after the end", (event) => {
    expect(transition(ending(), event, GRACE_MS)).toEqual(unchanged);
    expect(transition(ended(), event, GRACE_MS)).toEqual(unchanged);
  });

  it("SES5 only lost connections and deaths by heartbeat are resumable", () => {
    expect(endReasonNames.filter(isResumable)).toEqual(["connection_lost", "unreachable", "unresponsive"]);
  });
});
