/** Keeps two tabs of one browser from sending the same message. A tab that is closed or dies releases its lock. */

export interface SendTurns {
  /** Runs `work` unless another tab is sending this message. @returns whether it ran. */
  take(id: string, work: () => Promise<void>): Promise<boolean>;
  /** Resolves when no tab is sending it. */
  free(id: string): Promise<void>;
}

/** By Web Locks. They exist only on secure origins; without them each tab sends, and the server knows a message again by its id. */
export function webLockTurns(locks: LockManager | undefined): SendTurns {
  if (locks === undefined) return { take: (_, work) => work().then(() => true), free: () => Promise.resolve() };
  const nameOf = (id: string) => `lastbeat.send.${id}`;
  return {
    async take(id, work) {
      let began = false;
      try {
        return await locks.request(nameOf(id), { ifAvailable: true }, async (lock) => {
          if (lock === null) return false;
          began = true;
          await work();
          return true;
        });
      } catch (error) {
        if (began) throw error;
        // A browser that refuses the lock is treated like one without locks.
        await work();
        return true;
      }
    },
    async free(id) {
      await locks.request(nameOf(id), () => {}).catch(() => {});
    },
  };
}
