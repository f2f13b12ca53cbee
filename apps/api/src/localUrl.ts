/** Where a program on the same machine reaches the server. */
export function localUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
