/** Reads what a one-time link says of itself. Only the server can tell whether that is true, and whether the link still works. */
import type { Role } from "@lastbeat/api";

export interface PasswordLink {
  readonly link: string;
  /** `null`: whoever opens the link chooses it. */
  readonly name: string | null;
  readonly role: Role;
}

/** @param fragment of the page's address, with or without `#`. @returns `null` for anything but a link. */
export function readPasswordLink(fragment: string): PasswordLink | null {
  const link = fragment.replace(/^#/, "");
  try {
    const bytes = Uint8Array.from(atob((link.split(".")[0] ?? "").replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
    const { name, role } = JSON.parse(new TextDecoder().decode(bytes)) as PasswordLink;
    return typeof role === "string" ? { link, name: typeof name === "string" ? name : null, role } : null;
  } catch {
    return null;
  }
}
