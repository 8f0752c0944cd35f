/**
 * Keyturn for React. Begin with `KeyturnProvider`, then `useSession`.
 */
export { type Action, useKeyturnFetch, useSignIn, useSignOut, useSignUp } from "./actions.js";
export { useKeyturn, useSession } from "./context.js";
export {
  IdleWarning,
  type IdleWarningProps,
  SessionExpired,
  type SessionExpiredProps,
  SignedIn,
  type SignedInProps,
  SignedOut,
} from "./gates.js";
export { KeyturnProvider, type KeyturnProviderProps } from "./provider.js";
