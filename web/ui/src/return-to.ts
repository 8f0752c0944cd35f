/**
 * Where a person goes after signing in, as far as this side may decide.
 *
 * The rule: a path of this origin that everybody reads in the same way (`crates/http/src/pages/return_to.rs`). Anything else goes to the
 * plain sign-in page, which knows the listed applications and refuses the rest: this side redirects to no address that it was given.
 */
export type Destination =
  | { readonly kind: "own"; readonly path: string }
  | { readonly kind: "judged-by-server"; readonly address: string }
  | { readonly kind: "none" };

const STRAIGHT = /^\/(?!\/)[A-Za-z0-9\-._~!$&'()*+,;=:@/%?#[\]]*$/;
const UNCLEAR = /\/\/|(^|\/)\.\.?($|[/?#])|%(2e|2f|5c|7f|[01]|20)/i;

export function destination(asked: string | undefined): Destination {
  if (!asked) return { kind: "none" };
  const path = asked.split(/[?#]/)[0] ?? "";
  if (STRAIGHT.test(asked) && !UNCLEAR.test(path)) return { kind: "own", path: asked };
  return /^https?:\/\//.test(asked) ? { kind: "judged-by-server", address: asked } : { kind: "none" };
}
