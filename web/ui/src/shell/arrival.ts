/**
 * Where a person goes once they are signed in.
 */
import { useNavigate } from "@tanstack/react-router";

import { destination } from "../return-to.ts";
import { useSurroundings } from "../surroundings.tsx";

/** Goes to where `return_to` leads, as far as it may be gone to; else to the start. */
export function useArrival(): (returnTo: string | undefined) => Promise<void> {
  const { settings } = useSurroundings();
  const navigate = useNavigate();
  return async (returnTo) => {
    const to = destination(returnTo);
    if (to.kind === "judged-by-server") {
      const asked = new URLSearchParams({ return_to: to.address });
      globalThis.location.assign(`${settings.pages}/signin?${asked}`);
    } else if (to.kind === "own" && !isOurs(to.path, settings.base)) {
      globalThis.location.assign(to.path);
    } else {
      await navigate({ href: to.kind === "own" ? to.path : `${settings.base}/`, replace: true });
    }
  };
}

function isOurs(path: string, base: string): boolean {
  return path === base || [`${base}/`, `${base}?`, `${base}#`].some((start) => path.startsWith(start));
}
