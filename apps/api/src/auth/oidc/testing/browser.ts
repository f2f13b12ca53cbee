/** What a browser does between the server and the provider: keeps the server's cookies and follows redirects when told to. */

export interface Went {
  readonly status: number;
  /** Where it is sent; `null` if nowhere. */
  readonly location: string | null;
}

export class Browser {
  readonly cookies = new Map<string, string>();
  readonly headers: Readonly<Record<string, string>>;

  /** @param headers sent with each request, as a proxy adds them. */
  constructor(headers: Readonly<Record<string, string>> = {}) {
    this.headers = headers;
  }

  async get(url: string): Promise<Went> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { ...this.headers, ...(cookie !== "" && { cookie }) } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (/Max-Age=0\b/.test(set)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: response.status, location: response.headers.get("location") };
  }

  /** To the provider and back to the server's callback, which is not opened. */
  async toCallback(server: string): Promise<string> {
    const { location } = await this.get(`${server}/admin/oidc/sign-in`);
    // The provider has cookies of its own.
    const back = await new Browser().get(location ?? "");
    return back.location ?? "";
  }

  /** The whole way. @returns the path at which it ends. */
  async signIn(server: string): Promise<string> {
    const { location } = await this.get(await this.toCallback(server));
    return location ?? "";
  }
}
