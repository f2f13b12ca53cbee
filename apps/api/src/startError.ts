/** The server cannot start, for a reason that whoever starts it can mend: one line that says what to do. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StartError";
  }
}
