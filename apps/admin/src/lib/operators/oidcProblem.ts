import { oidcProblemWords } from "./words.ts";

const PARAMETER = "sign_in_problem";

/** What the server says in the page's address of a sign-in that failed. Removes it there, so that it is said once. */
export function takeOidcProblem(): string | null {
  const url = new URL(location.href);
  const problem = url.searchParams.get(PARAMETER);
  if (problem === null) return null;
  url.searchParams.delete(PARAMETER);
  history.replaceState(history.state, "", url);
  return Object.hasOwn(oidcProblemWords, problem) ? oidcProblemWords[problem as keyof typeof oidcProblemWords] : null;
}
