import type { TokenScope } from "@lastbeat/api";

/** What a token may do, in words. */
export const scopes: readonly { readonly value: TokenScope; readonly label: string }[] = [
  { value: "read", label: "read" },
  { value: "operate", label: "read and end sessions" },
];

export const scopeLabel = (scope: TokenScope): string => scopes.find(({ value }) => value === scope)?.label ?? scope;
