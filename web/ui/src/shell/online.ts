/**
 * Whether the browser has a network at all.
 *
 * The caveat: a network is no connection to the server; of that the session knows more (`offline`).
 */
import { useSyncExternalStore } from "react";

export function useOnline(): boolean {
  return useSyncExternalStore(subscribe, () => navigator.onLine);
}

function subscribe(changed: () => void): () => void {
  globalThis.addEventListener("online", changed);
  globalThis.addEventListener("offline", changed);
  return () => {
    globalThis.removeEventListener("online", changed);
    globalThis.removeEventListener("offline", changed);
  };
}
