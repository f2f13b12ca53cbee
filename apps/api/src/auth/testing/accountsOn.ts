/** What tests do with operators' accounts on a real server, over HTTP. */
import type { TestServer } from "../../testing/testServer.ts";

export const PASSWORD = "correct horse battery";
export const OTHER = "staple battery horse";

export const cookieOf = (response: Response) => (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
export const linkIn = (path: string) => path.split("#")[1] ?? "";

export function accountsOn(running: Pick<TestServer, "http" | "signIn">) {
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${running.http}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  async function call(cookie: string, path: string, input?: unknown) {
    const url = `${running.http}/trpc/${path}`;
    const response =
      input === undefined ? await fetch(url, { headers: { cookie } }) : await post(`/trpc/${path}`, input, { cookie });
    const { result, error } = (await response.json()) as { result?: { data: never }; error?: { message: string } };
    return { status: response.status, data: result?.data as never as Record<string, never>, message: error?.message ?? "" };
  }

  const setPassword = (link: string, password: string, name?: string) =>
    post("/admin/set-password", { link, password, ...(name === undefined ? {} : { name }) });

  /** Makes an account through a link. @returns its cookie. */
  async function account(name: string, { role = "admin", by = "" } = {}): Promise<string> {
    const cookie = by === "" ? await running.signIn() : by;
    const { data } = await call(cookie, "operators.add", { name, role });
    return cookieOf(await setPassword(linkIn(data.path ?? ""), PASSWORD));
  }

  const signIn = (name: string, password: string, headers: Record<string, string> = {}) =>
    post("/admin/sign-in", { name, password }, headers);

  return { post, call, setPassword, account, signIn };
}
