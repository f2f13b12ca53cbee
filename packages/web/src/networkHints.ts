/** The browser's hints that the network or page state changed. Reasons to probe, never proof, because they are often wrong. */

/** Calls back with whether the browser believes to be online. @returns a function that stops watching. */
export function watchNetwork(hint: (online: boolean) => void): () => void {
  const online = () => hint(true);
  const offline = () => hint(false);
  // A laptop that wakes up, or a tab that becomes visible again, may have lost its connection unnoticed.
  const visible = () => {
    if (document.visibilityState === "visible") hint(navigator.onLine);
  };
  window.addEventListener("online", online);
  window.addEventListener("offline", offline);
  document.addEventListener("visibilitychange", visible);
  return () => {
    window.removeEventListener("online", online);
    window.removeEventListener("offline", offline);
    document.removeEventListener("visibilitychange", visible);
  };
}
