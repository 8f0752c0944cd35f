/**
 * The way to the sign-in and back.
 *
 * The rule: `return_to` names the page that the person was on. Where it leads is judged by whoever reads it, against its own list.
 */
import type { Setup } from "./options.js";

/** Where to sign in, with the way back: a path where that is on the page's own origin. */
export function signInLink({ base, signInUrl }: Setup): string {
  const here = globalThis.location;
  const link = new URL(signInUrl, base);
  if (!here) return link.href;
  const origin = link.origin === here.origin ? link.origin : "";
  link.searchParams.set("return_to", here.href.slice(origin.length));
  return link.href.slice(origin.length);
}

/** Goes there, if that is how expired sessions are met; not from the sign-in page itself. */
export function leaveForSignIn(setup: Setup): void {
  const isThere = new URL(setup.signInUrl, setup.base).pathname === globalThis.location?.pathname;
  if (setup.onExpired === "redirect" && !isThere) setup.navigate(signInLink(setup));
}
