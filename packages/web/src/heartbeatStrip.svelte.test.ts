import { expect, test } from "vitest";
import { render } from "vitest-browser-svelte";
import HeartbeatStrip from "./HeartbeatStrip.svelte";

async function strip(beats: readonly (number | null)[], slots = 8) {
  const screen = await render(HeartbeatStrip, { beats, slots });
  const svg = screen.container.querySelector("svg");
  const starts = (path: string) =>
    [...(svg?.querySelector(path)?.getAttribute("d") ?? "").matchAll(/M(\d+)/g)].map((match) => Number(match[1]) / 3);
  return {
    alive: starts(".alive"),
    missed: starts(".missed"),
    waiting: starts(".waiting"),
    label: svg?.getAttribute("aria-label"),
  };
}

test("TIM2 a server pause is a gap two bars wide between its neighbours", async () => {
  expect(await strip([10, 12, -1, 11, null])).toEqual({
    alive: [2, 3, 6],
    missed: [7],
    waiting: [0, 1],
    label: "4 heartbeats, last round trip 11 ms, 1 missed, 1 gap for a pause of the server",
  });
});

test("TIM2 a full strip keeps its width: the oldest bars make room for the gap", async () => {
  const full = await strip([1, 2, 3, 4, 5, 6, -1, 8], 8);
  expect(full.alive).toEqual([0, 1, 2, 3, 4, 7]);
  expect(full.waiting).toEqual([]);
});

test("HB2 without a pause each beat has one bar", async () => {
  expect(await strip([1, null, 3])).toMatchObject({ alive: [5, 7], missed: [6], waiting: [0, 1, 2, 3, 4] });
});

test("HB10 a beat that the client sent by itself is a bar, and has no round trip", async () => {
  expect(await strip([-2, -2, null, -2])).toEqual({
    alive: [4, 5, 7],
    missed: [6],
    waiting: [0, 1, 2, 3],
    label: "4 heartbeats, 1 missed",
  });
});
