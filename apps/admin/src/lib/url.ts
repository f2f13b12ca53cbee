import { goto } from "$app/navigation";

/** Writes a filter into the address bar without a new history entry, keeping focus and scroll where they are. */
export async function putInUrl(pathname: string, params: URLSearchParams): Promise<void> {
  const query = params.toString();
  await goto(query === "" ? pathname : `${pathname}?${query}`, { replace: true, reset: false });
}
