/** The server that is visited, and what an operator asks of it. */

export interface Place {
  readonly ws: string;
  readonly http: string;
  /** May end sessions. */
  readonly token: string;
  /** An operator's, who may save settings. */
  readonly cookie: string;
}

/** Asks the REST API. @throws when it does not answer 200. */
export async function ask<T>({ http, token }: Place, path: string, method = "GET"): Promise<T> {
  return answered<T>(`${http}/api${path}`, { method, headers: { authorization: `Bearer ${token}` } });
}

/** Saves settings over those in force. */
export async function saveSettings({ http, cookie }: Place, values: Readonly<Record<string, number>>): Promise<void> {
  const current = await answered<{ readonly result: { readonly data: { readonly revision: number } } }>(
    `${http}/trpc/settings.get`,
    { headers: { cookie } },
  );
  const body = JSON.stringify({ basedOnRevision: current.result.data.revision, values });
  await answered(`${http}/trpc/settings.save`, { method: "POST", headers: { cookie, "content-type": "application/json" }, body });
}

/** Signs in as an operator, by the link that the server printed. */
export async function signIn(http: string, output: string): Promise<string> {
  const [path] = /\/admin\/sign-in\?token=\S+/.exec(output) ?? [];
  const response = await fetch(`${http}${path}`, { redirect: "manual", headers: { connection: "close" } });
  const [cookie] = response.headers.get("set-cookie")?.split(";", 1) ?? [];
  if (cookie === undefined) throw new Error(`no sign-in: ${response.status}`);
  return cookie;
}

/** On a connection of its own, so that none is left when the server is looked into. */
async function answered<T>(
  url: string,
  options: { method?: string; body?: string; headers: Record<string, string> },
): Promise<T> {
  const response = await fetch(url, { ...options, headers: { ...options.headers, connection: "close" } });
  if (response.status !== 200) throw new Error(`${url} was answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
