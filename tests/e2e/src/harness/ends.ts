/** The proof of an end: recorded once, for the right reason, within the product's own bound, and shown to the operator. */
import type { EndView } from "@lastbeat/api";
import { boundForReason, type EndReason, endReasons } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { expect } from "vitest";
import { leftovers } from "./run.ts";
import { ALLOWANCE_MS, recordScenario } from "./scenarios.ts";
import type { World } from "./world.ts";

/** A command has no bound of its own; obeying it may take as long as noticing a closed socket. */
export const COMMAND_MS = 1_000;

export interface ExpectedEnd {
  readonly scenario: string;
  readonly sessionId: string;
  readonly reason: EndReason;
  /** How the fault was made, for the table. */
  readonly fault: string;
  /** Right before the fault, by this process's wall clock. */
  readonly faultAtMs: number;
  /** Where the reason has no bound; `COMMAND_MS` when it is left out. */
  readonly withinMs?: number;
}

/** Waits for the end, checks everything about it, and enters it into the table. */
export async function expectEnd({ server, admin }: World, expected: ExpectedEnd): Promise<EndView> {
  const { sessionId, reason, faultAtMs, scenario, fault } = expected;
  const boundMs = boundForReason(reason, server.settings);
  const withinMs = (boundMs ?? expected.withinMs ?? COMMAND_MS) + ALLOWANCE_MS;
  const end = await eventually(async () => theOnly((await server.ends(`?session=${sessionId}`)).rows, sessionId), {
    withinMs: withinMs + 5_000,
  });
  const { tier } = endReasons[reason];
  expect(end).toMatchObject({ reason, tier, boundMs, cleanup: "complete", resourcesFailed: [] });
  const measuredMs = end.detectedAtMs - faultAtMs;
  expect(measuredMs, `${scenario}: time from the fault to the verdict`).toBeLessThanOrEqual(withinMs);
  if (boundMs !== null) expect(end.detectionMs).toBeLessThanOrEqual(boundMs);
  await expectOnce({ server, admin }, end);
  recordScenario(leftovers.folder, { scenario, reason, tier, measuredMs, boundMs, fault });
  return end;
}

/** In the ledger, in the log and on the operator's page: one end, and nothing left of the session. */
async function expectOnce({ server, admin }: Pick<World, "server" | "admin">, end: EndView): Promise<void> {
  const { sessionId, reason } = end;
  expect(await admin.historyProblem(end)).toBeNull();
  const { rows, total } = await server.ends(`?session=${sessionId}`);
  expect({ rows, total }).toEqual({ rows: [end], total: 1 });
  expect((await server.sessions()).map(({ id }) => id)).not.toContain(sessionId);
  // The server that crashed could not say it any more, and the next one never knew the session.
  const removed = reason === "server_crashed" ? 0 : 1;
  await eventually(() => expect(server.logLines(`Removed session ${sessionId}`)).toHaveLength(removed));
}

function theOnly(rows: readonly EndView[], sessionId: string): EndView {
  const [end, ...others] = rows;
  if (end === undefined) throw new Error(`${sessionId} has not ended`);
  if (others.length > 0) throw new Error(`${sessionId} ended ${rows.length} times`);
  return end;
}
