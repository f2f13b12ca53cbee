/** What a browser says about the network and the page. Hints to look, never verdicts: they are often wrong. */

/** Calls back with whether the network is thought to be there. @returns a function that stops it. */
export function watchNetwork(hint: (online: boolean) => void): () => void {
  const online = () => hint(true);
  const offline = () => hint(false);
  // A laptop that wakes up, or a tab that comes back to the front, may have lost its connection unnoticed.
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
