/** What clients may say, checked the same way whichever transport carries it. */
import { z } from "zod";

/** Control characters, and the marks that reverse the direction of writing: names that hold them can pose as other names. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const unprintable = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

export const userName = z
  .string()
  .trim()
  .min(1)
  .max(40)
  .refine((name) => !unprintable.test(name), "must not hold control characters");

export const roomName = z.string().regex(/^[a-z0-9_-]{1,40}$/, "a room's name is 1 to 40 of a-z, 0-9, - and _");

export const resumeInput = z.object({ sessionId: z.string().min(1).max(100), token: z.string().min(1).max(200) });

/** A random id that a browser keeps: sessions of one name with the same one are shown as one person. Nobody else sees it. */
export const browserId = z.string().min(1).max(100);

export const helloInput = z.object({
  name: userName,
  room: roomName.optional(),
  browser: browserId.optional(),
  resume: resumeInput.optional(),
});

export const joinInput = z.object({ room: roomName });

export const sendInput = z.object({
  id: z.uuid(),
  text: z
    .string()
    .min(1)
    .max(4000)
    .refine((text) => text.trim().length > 0, "must not be blank"),
});

export const historyInput = z.object({
  room: roomName,
  limit: z.number().int().min(1).max(100).default(50),
  beforeSeq: z.number().int().min(1).optional(),
});
