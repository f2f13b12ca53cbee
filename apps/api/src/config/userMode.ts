/** Who vouches for users: nobody, or their own application, by a token or by answering a question (rule WHO2). */
export const userModes = ["guest", "jwt", "webhook"] as const;
export type UserMode = (typeof userModes)[number];
