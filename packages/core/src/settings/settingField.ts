/** What is known of a setting, and the units that settings have. */

/** Unit in which people write the value; `scale` converts it to the unit used in code. */
export type SettingUnit = "s" | "ms" | "count" | "bytes" | "MiB" | "fraction" | "per minute";

export interface SettingField {
  /** Its key in `config/config.yaml`. */
  readonly path: string;
  readonly unit: SettingUnit;
  /** Code value = written value × scale. */
  readonly scale: number;
  /** Default, minimum and maximum, in the written unit. */
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  /** Whether it can change while sessions run. */
  readonly live: boolean;
  readonly label: string;
  readonly meaning: string;
}

type Shape = Pick<SettingField, "unit" | "scale" | "integer">;
export const seconds: Shape = { unit: "s", scale: 1000, integer: false };
export const count: Shape = { unit: "count", scale: 1, integer: true };
export const bytes: Shape = { unit: "bytes", scale: 1, integer: true };
export const fraction: Shape = { unit: "fraction", scale: 1, integer: false };
export const perMinute: Shape = { unit: "per minute", scale: 1, integer: true };
export const mebibytes: Shape = { unit: "MiB", scale: 1024 * 1024, integer: false };
