import fc from "fast-check";
import { expect, it } from "vitest";
import { holds } from "../testing/property.ts";
import { FairQueue } from "./fairQueue.ts";

const commands = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), group: fc.constantFrom("a", "b", "c") }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), at: fc.nat(60) }) },
    { weight: 2, arbitrary: fc.constant({ do: "delete oldest of the largest" as const }) },
  ),
  { maxLength: 80 },
);

it("SES1 the oldest and the largest group of a queue are those that a search finds", () => {
  holds(
    fc.property(commands, (list) => {
      const queue = new FairQueue<number>();
      let members: { readonly id: number; readonly group: string }[] = [];
      const remove = (id: number | undefined) => {
        expect(queue.delete(id ?? -1)).toBe(members.some((member) => member.id === id));
        members = members.filter((member) => member.id !== id);
      };
      for (const [id, command] of list.entries()) {
        if (command.do === "add") {
          queue.add(id, command.group);
          members.push({ id, group: command.group });
        } else if (command.do === "delete") remove(command.at);
        else if (members.length > 0) remove(queue.oldest(queue.largest.name));
        const of = (group: string) => members.filter((member) => member.group === group);
        const { name, count } = queue.largest;
        expect(count).toBe(Math.max(...["a", "b", "c"].map((group) => of(group).length)));
        expect(of(name)).toHaveLength(count);
        expect(queue.oldest()).toBe(members[0]?.id);
        expect([...queue.values()]).toEqual(members.map((member) => member.id));
        for (const group of ["a", "b", "c"]) {
          expect(queue.countOf(group)).toBe(of(group).length);
          expect(queue.oldest(group)).toBe(of(group)[0]?.id);
        }
      }
    }),
  );
});
