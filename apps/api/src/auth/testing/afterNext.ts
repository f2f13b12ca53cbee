import { vi } from "vitest";
import type { Passwords } from "../passwords.ts";

/** Does something when a password has been compared (`matches`) or hashed (`hash`) the next time, before the outcome is used. */
export function afterNext(passwords: Passwords, method: "matches" | "hash", work: () => Promise<unknown>): void {
  const original = passwords[method].bind(passwords) as (...args: unknown[]) => Promise<unknown>;
  vi.spyOn(passwords, method as "hash").mockImplementationOnce(async (...args) => {
    const outcome = await original(...args);
    await work();
    return outcome as string;
  });
}
