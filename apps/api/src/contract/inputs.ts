/** Input schemas for clients, shared by all transports. */
import { z } from "zod";
import { hidesSomething, mixesAlphabets, tidyName } from "./personName.ts";
import { showsSomething, text } from "./text.ts";
import { expected, expectedSecret } from "./validation.ts";

export const NAME_MAX = 40;
export const TEXT_MAX = 4_000;
export const HISTORY_MAX = 100;

const visible = "a string with at least 1 visible character";

/** Rule NAM1. */
export const userName = text()
  .overwrite(tidyName)
  .min(1)
  .max(NAME_MAX)
  .refine((name) => !hidesSomething(name), { error: expected("a string without control or invisible characters") })
  .refine((name) => !mixesAlphabets(name), { error: expected("a name whose words each have letters of one alphabet") })
  .refine(showsSomething, { error: expected(visible) });

export const roomName = z.string().regex(/^[a-z0-9_-]{1,40}$/, { error: expected("1 to 40 of a-z, 0-9, - and _") });

/** A text that messages must not show. */
const secret = (max: number) =>
  z
    .string({ error: expectedSecret("a string") })
    .min(1)
    .max(max);

/** An object with a secret in it, which a client may send in the object's place. */
const secretHolder = { error: expectedSecret("an object") };

export const resumeInput = z.object({ sessionId: secret(100), token: secret(200) }, secretHolder);

/** A random id kept by the browser. Sessions with the same name and id appear as one person. It is not revealed to others. */
export const browserId = secret(100);

/** By which the user's own application vouches for who this is: a JWT, or whatever its webhook expects. */
export const TOKEN_MAX = 8_192;
export const userToken = secret(TOKEN_MAX);

export const helloInput = z.object(
  {
    name: userName,
    room: roomName.optional(),
    browser: browserId.optional(),
    token: userToken.optional(),
    beats: z.enum(["client", "server"]).optional(),
    resume: resumeInput.optional(),
  },
  secretHolder,
);

/** A hello over tRPC, which operators use too. */
export const openInput = helloInput.extend({ kind: z.enum(["user", "admin"]).default("user") });
export type OpenInput = z.output<typeof openInput>;

/** Note stored with an end commanded by an operator. */
export const endNote = text().trim().max(500);

export const renewInput = z.object({ token: userToken }, secretHolder);

export const joinInput = z.object({ room: roomName });

export const sendInput = z.object({
  id: z.uuid(),
  text: text()
    .min(1)
    .max(TEXT_MAX)
    .refine(showsSomething, { error: expected(visible) }),
});

export const historyInput = z.object({
  room: roomName,
  limit: z.number().int().min(1).max(HISTORY_MAX).default(50),
  beforeSeq: z.number().int().min(1).optional(),
});
