import type { Session } from "@lastbeat/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holds } from "../../../../packages/core/src/testing/property.ts";
import {
  type LiveColumn,
  type LiveRowUpdate,
  type LiveWindowQuery,
  liveColumns,
  liveStates,
  liveWindowInput,
} from "../contract/liveWindow.ts";
import { liveSession } from "../liveSessions.ts";
import { SessionOrder } from "./sessionOrder.ts";
import { SessionTable } from "./sessionTable.ts";
import { SessionWindow } from "./sessionWindow.ts";
import { type Figures, plainFilter, plainOrder, sampleFigures, sessionOf } from "./testing/fakeSessions.ts";
import { finished } from "./testing/finished.ts";
import { ModelPage } from "./testing/modelPage.ts";

/** Sessions, one window on them, and the page it is sent to. */
class World {
  readonly all = new Map<string, Figures>();
  readonly #sessions = new Map<string, Session>();
  readonly #table = new SessionTable();
  readonly #orders = new Map<LiveColumn, SessionOrder>();
  readonly window: SessionWindow;
  readonly page = new ModelPage();
  #born = 0;

  constructor(query: Partial<LiveWindowQuery> = {}) {
    this.window = new SessionWindow(1, liveWindowInput.parse(query), this.#table);
  }

  get query(): LiveWindowQuery {
    return this.window.query;
  }

  open(figures: Partial<Figures>): void {
    this.#born += 1;
    const made = { ...sampleFigures(this.#born), ...figures };
    this.all.set(made.id, made);
    this.#sessions.set(made.id, sessionOf(made));
  }

  end(id: string): void {
    this.all.delete(id);
    this.#sessions.delete(id);
  }

  /** What the server does once a second. */
  beat(): void {
    const orders = [...this.#orders.values()];
    finished(this.#table.refresh(this.#sessions.values(), orders));
    for (const order of orders) finished(order.sort());
    this.send();
  }

  look(query: Partial<LiveWindowQuery>): void {
    this.window.look({ ...this.query, ...query }, this.window.ask + 1);
    this.send();
  }

  send(): void {
    const { sort } = this.query;
    let order = this.#orders.get(sort);
    if (order === undefined) {
      order = new SessionOrder(this.#table, sort);
      finished(order.readAll());
      this.#orders.set(sort, order);
    }
    const update = finished(this.window.update(order));
    if (update !== null) this.page.take(update);
  }

  /** The rows that `act` had sent. */
  sentBy(act: () => void): readonly LiveRowUpdate[] {
    const before = this.page.last;
    act();
    return this.page.last === before ? [] : (this.page.last?.rows ?? []);
  }

  /** What a plain sort and filter of everything would show. */
  expected() {
    const sorted = plainOrder(this.all.values(), this.query);
    const { offset, size } = this.query;
    return { total: sorted.length, rows: sorted.slice(offset, offset + size).map(({ id }) => this.row(id)) };
  }

  row(id: string) {
    const snapshot = this.#sessions.get(id)?.snapshot();
    const live = snapshot === undefined ? null : liveSession(snapshot);
    if (live === null) return null;
    const { busy: _busy, declaredBytes: _bytes, resources: _held, ...row } = live;
    return row;
  }

  shown() {
    return { total: this.page.last?.total ?? 0, rows: this.page.ids.map((id) => this.page.rows.get(id ?? "")) };
  }
}

const few = <T>(...values: T[]) => fc.constantFrom(...values);
/** What can change while a session lives. */
const changing = {
  room: few(null, "general", "R2", "r10"),
  state: few<Session["state"]>("opening", "active", "suspended", "ending"),
  misses: few(0, 0, 0, 1, 2),
  beats: fc.array(few<number | null>(null, -1, 3, 20), { maxLength: 3 }),
  seenMs: fc.nat(5),
  activeMs: fc.nat(5),
};
const fields = {
  ...changing,
  user: few("Ada", "ada", "Lin", "user 9", "user 10"),
  kind: few<"user" | "admin">("user", "user", "admin"),
  openedAtMs: fc.nat(5),
  address: few("192.0.2.7", "192.0.2.10", "2001:db8::1"),
  client: few("", "Firefox/144", "Chrome/150"),
};
const figures = fc.record(fields);
const changed = fc.record(changing, { requiredKeys: [] });
const filter = fc.record({
  search: few(undefined, "", "a", "ADA", "general", "192.0.2.1", "session_1"),
  state: fc.option(fc.subarray([...liveStates]), { nil: undefined }),
  kind: few(undefined, undefined, "user" as const),
});
const place = fc.record({ offset: few(0, 0, 3, 10, 40), size: few(1, 5, 30) });
const order = fc.record({ sort: few(...liveColumns), order: few("asc" as const, "desc" as const) });

type Step = (world: World) => void;
/** Some of the sessions there are, whichever that is by then. */
const some = (which: number[], act: (world: World, id: string) => void): Step => {
  return (world) => {
    const ids = [...world.all.keys()];
    for (const at of which) if (ids.length > 0) act(world, ids[at % ids.length] as string);
  };
};
const which = fc.array(fc.nat(60), { maxLength: 6 });
const happens: fc.Arbitrary<Step> = fc.oneof(
  fc.array(figures, { maxLength: 8 }).map(
    (born): Step =>
      (world) =>
        born.forEach((one) => void world.open(one)),
  ),
  which.map((at) => some(at, (world, id) => world.end(id))),
  fc.tuple(which, changed).map(([at, change]) => some(at, (world, id) => Object.assign(world.all.get(id) ?? {}, change))),
);
const looks: fc.Arbitrary<Partial<LiveWindowQuery>> = fc.oneof(place, filter, order);
/** A window on a beat sees everything that happened before it. */
const seen: fc.Arbitrary<Step> = fc.tuple(fc.array(happens, { maxLength: 4 }), fc.option(looks)).map(([steps, look]): Step => {
  return (world) => {
    for (const step of steps) step(world);
    world.beat();
    if (look !== null) world.look(look);
  };
});

describe("OPS2 a window on the live table", () => {
  test("OPS2 the rows sent to a page equal a plain sort and filter of all sessions, in every order and direction", () => {
    holds(
      fc.property(fc.array(figures, { maxLength: 50 }), fc.array(seen, { maxLength: 8 }), (born, steps) => {
        const world = new World();
        for (const one of born) world.open(one);
        for (const step of steps) {
          step(world);
          expect(world.shown()).toEqual(world.expected());
        }
      }),
      120,
    );
  });

  test("OPS2 nothing is sent twice, and nothing while nothing changes", () => {
    holds(
      fc.property(fc.array(figures, { minLength: 1, maxLength: 40 }), fc.array(happens, { maxLength: 6 }), (born, steps) => {
        const world = new World({ size: 40 });
        for (const one of born) world.open(one);
        world.beat();
        for (const step of steps) {
          const before = new Map(world.page.rows);
          step(world);
          for (const row of world.sentBy(() => world.beat())) {
            const known = before.get(row.id) as Record<string, unknown> | undefined;
            const fieldsSent = Object.entries(row).filter(([field]) => field !== "id");
            if (known !== undefined) for (const [field, value] of fieldsSent) expect(value).not.toEqual(known[field]);
          }
          expect(world.sentBy(() => world.beat())).toEqual([]);
        }
      }),
      100,
    );
  });

  test("OPS2 while rows are held none moves, their figures stay live, and letting go puts all of them right", () => {
    holds(
      fc.property(
        fc.array(figures, { maxLength: 40 }),
        order,
        filter,
        fc.array(happens, { maxLength: 8 }),
        (born, by, only, steps) => {
          const world = new World({ ...by, ...only, offset: 3, size: 10 });
          for (const one of born) world.open(one);
          world.beat();
          const shown = [...world.page.ids];
          const { total } = world.expected();
          world.look({ hold: 1 });
          for (const step of steps) {
            step(world);
            world.beat();
            expect(world.page.ids).toEqual(shown);
            expect(world.page.last?.total ?? 0).toBe(total);
            for (const id of shown) {
              if (id === null) continue;
              const row = world.row(id);
              expect(world.page.ended.has(id)).toBe(row === null);
              if (row !== null) expect(world.page.rows.get(id)).toEqual(row);
            }
          }
          world.look({ hold: 2 });
          expect(world.shown()).toEqual(world.expected());
          world.look({ hold: 0 });
          expect(world.shown()).toEqual(world.expected());
        },
      ),
      120,
    );
  });

  test("OPS2 scrolled through while held, every session that was there is met exactly once", () => {
    holds(
      fc.property(
        fc.array(figures, { minLength: 30, maxLength: 60 }),
        order,
        fc.array(happens, { maxLength: 6 }),
        (born, by, steps) => {
          const world = new World({ ...by, size: 10 });
          for (const one of born) world.open(one);
          world.beat();
          const all = new Set(world.all.keys());
          const met: (string | null)[] = [];
          for (let offset = 0; offset < all.size; offset += 10) {
            world.look({ offset, hold: 1 });
            met.push(...world.page.ids);
            steps[offset / 10]?.(world);
            world.beat();
          }
          expect(met).toHaveLength(all.size);
          const known = met.filter((id) => id !== null);
          expect(new Set(known).size).toBe(known.length);
          expect(known.every((id) => all.has(id))).toBe(true);
          for (const id of all) if (world.all.has(id)) expect(known).toContain(id);
        },
      ),
      60,
    );
  });

  test("OPS2 the hint counts who came, who left, and who stands elsewhere", () => {
    const world = new World({ sort: "misses", order: "desc", size: 10 });
    for (let at = 0; at < 8; at += 1) world.open({ misses: 0 });
    world.beat();
    world.look({ hold: 1 });
    expect(world.page.last).toMatchObject({ changes: 0, total: 8 });
    const [first, second] = [...world.all.values()] as [Figures, Figures];
    world.open({});
    world.end(second.id);
    first.misses = 3;
    world.beat();
    expect(world.page.last).toMatchObject({ changes: 3, total: 8, ended: [second.id] });
    expect(plainFilter(world.all.values(), { state: ["suspect"] })).toEqual([first]);
  });
});
