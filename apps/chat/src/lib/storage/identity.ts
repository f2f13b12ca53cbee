/** Who the user is and where they have been, kept in this browser. */
import { newId } from "../room/newId.ts";
import { kept } from "./keptValues.ts";

const MAX_RECENT_ROOMS = 5;
const ROOM_NAME = /^[a-z0-9_-]{1,40}$/;

export function rememberedName(): string {
  return kept.read("name") ?? "";
}

export function rememberName(name: string): void {
  kept.write("name", name);
}

let idOfThisPage: string | undefined;

/** A random id that this browser keeps, by which the server knows its tabs to be one person's. */
export function browserId(): string {
  const known = kept.read("browser") ?? idOfThisPage;
  if (known !== undefined) return known;
  idOfThisPage = newId();
  kept.write("browser", idOfThisPage);
  return idOfThisPage;
}

/** Rooms visited, latest first. */
export function recentRooms(): string[] {
  return (kept.read("rooms") ?? "").split(" ").filter(isRoomName);
}

export function rememberRoom(room: string): void {
  const rooms = [room, ...recentRooms().filter((other) => other !== room)];
  kept.write("rooms", rooms.slice(0, MAX_RECENT_ROOMS).join(" "));
}

export function isRoomName(room: string): boolean {
  return ROOM_NAME.test(room);
}

/** The nearest name a room can have; empty when nothing of it can be used. */
export function toRoomName(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .normalize("NFD")
    .replaceAll(/\p{Mark}/gu, "")
    .replaceAll(/[^a-z0-9_-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
}

/** What is wrong with a name, in words; `null` when nothing is. */
export function nameProblem(name: string): string | null {
  const length = name.trim().length;
  if (length === 0) return "Enter the name the others will see.";
  return length > 40 ? "A name has at most 40 characters." : null;
}

/** What is wrong with a room's name, in words; `null` when nothing is. */
export function roomProblem(room: string): string | null {
  if (room.trim() === "") return "Enter a room, such as general.";
  return isRoomName(room.trim()) ? null : "A room name has at most 40 characters: a-z, 0-9, - and _.";
}
