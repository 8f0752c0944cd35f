/**
 * The way out: signs out, forgets what was fetched, and shows the sign-in without a way back to where the person was.
 *
 * The caveat: the page of nobody's session leads to the sign-in by itself, before the server has answered. Whoever goes on from there
 * meanwhile is not called back.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";

const SIGN_IN = "/signin";

export function useLeaving(): (signOut: () => Promise<unknown>) => Promise<void> {
  const router = useRouter();
  const queries = useQueryClient();
  return async (signOut) => {
    const from = router.state.location.pathname;
    await signOut();
    queries.clear();
    const now = router.state.location.pathname;
    if (now === from || now === SIGN_IN) await router.navigate({ to: SIGN_IN, search: {}, replace: now === SIGN_IN });
  };
}
