/** Everything recorded about an end, grouped and in words. Pure. */
import type { EndView } from "@lastbeat/api";
import { endReasons } from "@lastbeat/core/reasons";
import { bytes, coarse, duration, exact, percent, plural, seconds } from "../format.ts";
import { lateCauseWords } from "../lateness.ts";

export interface EvidenceFact {
  readonly name: string;
  readonly value: string;
  /** Highlighted, because something was not as it should be. */
  readonly alarming?: boolean;
}
export interface EvidenceGroup {
  readonly title: string;
  readonly facts: readonly EvidenceFact[];
}

export function evidence(end: EndView): EvidenceGroup[] {
  return [
    { title: "Verdict", facts: verdict(end) },
    { title: "Times", facts: times(end) },
    { title: "Signs of life", facts: signsOfLife(end) },
    { title: "Clean-up", facts: cleanUp(end) },
    { title: "Client", facts: client(end) },
    { title: "Server at the time", facts: server(end) },
  ];
}

function verdict(end: EndView): EvidenceFact[] {
  const facts: EvidenceFact[] = [
    { name: "Reason", value: `${end.reason}: ${endReasons[end.reason].issuedWhen}` },
    { name: "Detail", value: end.detail },
    { name: "Initiated by", value: end.initiator },
    { name: "Close code", value: end.closeCode === null ? "none" : String(end.closeCode) },
    bound(end),
  ];
  if (end.operator !== null) facts.push({ name: "Operator", value: end.operator });
  if (end.note !== null) facts.push({ name: "Note", value: end.note });
  if (end.resumeExpired) facts.push({ name: "Resume", value: "the grace ran out before the client came back" });
  return facts;
}

function bound({ detectionMs, boundMs, lateCause }: EndView): EvidenceFact {
  if (boundMs === null) return { name: "Detected in", value: `${duration(detectionMs)}; no bound applies` };
  // In the bound's own unit, so that the two can be compared at a glance.
  const detected = detectionMs < 1_000 ? duration(detectionMs) : seconds(detectionMs);
  const why = lateCause === null ? "" : `: ${lateCauseWords[lateCause]}`;
  return {
    name: "Detected in",
    value: `${detected}, ${lateCause === null ? "within" : "over"} the bound of ${seconds(boundMs)}${why}`,
    alarming: lateCause !== null,
  };
}

function times(end: EndView): EvidenceFact[] {
  const facts: EvidenceFact[] = [
    { name: "Opened", value: exact(end.openedAtMs) },
    { name: "Last active", value: exact(end.lastActiveAtMs) },
    { name: "Last seen", value: exact(end.lastSeenAtMs) },
    { name: "Detected", value: exact(end.detectedAtMs) },
    { name: "Released", value: exact(end.releasedAtMs) },
    { name: "Lasted", value: coarse(end.detectedAtMs - end.openedAtMs) },
  ];
  if (end.crashedBetweenMs) {
    facts.push({ name: "Crashed between", value: end.crashedBetweenMs.map(exact).join(" and "), alarming: true });
  }
  return facts;
}

function signsOfLife(end: EndView): EvidenceFact[] {
  const trips = end.roundTripsMs.map((ms) => duration(ms)).join(", ");
  return [
    { name: "Misses at the end", value: String(end.misses), alarming: end.misses > 0 },
    { name: "Last round trips", value: trips === "" ? "none measured" : trips },
  ];
}

function cleanUp(end: EndView): EvidenceFact[] {
  const failed = end.resourcesFailed.map(({ name, cause }) => `${name}: ${cause}`).join("; ");
  return [
    { name: "Clean-up", value: `${end.cleanup}, in ${duration(end.cleanupMs)}`, alarming: end.cleanup === "incomplete" },
    { name: "Released", value: plural(end.resourcesReleased, "resource") },
    { name: "Failed", value: failed === "" ? "none" : failed, alarming: failed !== "" },
  ];
}

function client(end: EndView): EvidenceFact[] {
  return [
    { name: "Session", value: end.sessionId },
    { name: "User", value: end.kind === "admin" ? `${end.user} (admin)` : end.user },
    { name: "User id", value: end.userId ?? "none" },
    { name: "Room", value: end.room ?? "none" },
    { name: "Address", value: end.address },
    { name: "Client", value: end.client },
    { name: "Transport", value: end.transport },
  ];
}

function server(end: EndView): EvidenceFact[] {
  const facts: EvidenceFact[] = [
    { name: "Settings revision", value: String(end.settingsRevision) },
    {
      name: "Server pauses",
      value: end.pauses === 0 ? "none" : `${end.pauses}, ${duration(end.pausedMs)} in total`,
      alarming: end.pauses > 0,
    },
    { name: "Memory level", value: end.memoryLevel, alarming: end.memoryLevel !== "ok" },
  ];
  if (end.eviction) {
    const { level, usedBytes, limitBytes, rank, batch } = end.eviction;
    facts.push({
      name: "Chosen",
      value: `rank ${rank} of batch ${batch}, at the ${level} threshold: ${bytes(usedBytes)} of ${bytes(limitBytes)} (${percent(usedBytes / limitBytes)})`,
      alarming: true,
    });
  }
  return facts;
}
