/**
 * Starts the client while the tree below is there.
 *
 * The rule: the client is the application's, made once outside of any component; the provider starts and disposes it, as often as React
 * mounts it (StrictMode does so twice).
 */
import type { Keyturn } from "@keyturn/client";
import { type ReactElement, type ReactNode, useEffect } from "react";

import { KeyturnContext } from "./context.js";

export interface KeyturnProviderProps {
  readonly keyturn: Keyturn;
  readonly children?: ReactNode;
}

export function KeyturnProvider({ keyturn, children }: KeyturnProviderProps): ReactElement {
  useEffect(() => {
    keyturn.start().catch((error: unknown) => console.error("Keyturn cannot be asked who is signed in; try diagnose().", error));
    return keyturn.dispose;
  }, [keyturn]);
  return <KeyturnContext.Provider value={keyturn}>{children}</KeyturnContext.Provider>;
}
