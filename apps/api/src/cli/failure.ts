/** How a command says that it cannot do what was asked. Exit codes: 0 done, 1 failed, 2 asked wrongly. */

/** It could not be done: one line that says why, and exit code 1. */
export class CommandFailed extends Error {}

/** It was asked wrongly: one line that says how, and exit code 2. */
export class UsageError extends Error {}
