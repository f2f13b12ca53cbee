/** Whether a Vitest run with these arguments opens a browser: every run except one of only the `node` project. */
export function needsBrowser(args: readonly string[]): boolean {
  const projects: (string | undefined)[] = [];
  args.forEach((arg, i) => {
    if (arg === "--project") projects.push(args[i + 1]);
    else if (arg.startsWith("--project=")) projects.push(arg.slice("--project=".length));
  });
  return projects.length === 0 || projects.some((project) => project !== "node");
}
