/**
 * How much may be done (rule WHO5): at once as much as the burst, and over time as much as the rate. A token bucket, told as the one moment
 * at which it is full again (GCRA), in whole microseconds on a monotonic clock.
 */

export interface Rate {
  /** 0: no limit. */
  readonly perMinute: number;
  readonly burst: number;
}

export interface Asked {
  readonly cost: number;
  readonly rate: Rate;
  /** When the bucket is full; anything earlier than now is full already. */
  readonly fullAtUs: number;
  readonly nowUs: number;
}

export type Taken =
  | { readonly ok: true; readonly fullAtUs: number }
  /** Nothing was taken. */
  | { readonly ok: false; readonly retryAfterMs: number };

const MINUTE_US = 60_000_000;

/** Takes from a bucket. What costs more than the burst needs a full one, so that nothing is refused for ever. */
export function take({ cost, rate: { perMinute, burst }, fullAtUs, nowUs }: Asked): Taken {
  if (perMinute === 0) return { ok: true, fullAtUs };
  const timeFor = (amount: number) => Math.ceil((amount * MINUTE_US) / perMinute);
  const next = Math.max(fullAtUs, nowUs) + timeFor(Math.min(cost, burst));
  const tooEarlyUs = next - nowUs - timeFor(burst);
  return tooEarlyUs <= 0 ? { ok: true, fullAtUs: next } : { ok: false, retryAfterMs: Math.ceil(tooEarlyUs / 1_000) };
}
