/**
 * Which client a tree of components uses.
 */
import type { Keyturn, Snapshot } from "@keyturn/client";
import { type Context, createContext, useContext, useSyncExternalStore } from "react";

export const KeyturnContext: Context<Keyturn | undefined> = createContext<Keyturn | undefined>(undefined);

/** The client itself, for whatever has no hook. Throws outside of a `KeyturnProvider`. */
export function useKeyturn(): Keyturn {
  const keyturn = useContext(KeyturnContext);
  if (!keyturn) throw new Error("No KeyturnProvider above this component.");
  return keyturn;
}

/** Who is signed in, and how that stands; renders again after each change. On a server it is `authenticating`. */
export function useSession(): Snapshot {
  const keyturn = useKeyturn();
  return useSyncExternalStore(keyturn.subscribe, keyturn.getSnapshot, keyturn.getSnapshot);
}
