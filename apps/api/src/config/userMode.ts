/** Who vouches for users: nobody, or their own application by a token (rule WHO2). */
export const userModes = ["guest", "jwt"] as const;
export type UserMode = (typeof userModes)[number];
