/**
 * The person's own account, call by call: an entry of its own, `@keyturn/client/account`, for the pages that need it.
 *
 * The rule: thin. Each is one request of `docs/accounts.md`; what ends the session is followed by a look at it, so that the state says why.
 * Everything throws `KeyturnError`; forms find what is wrong in its `fieldErrors`.
 */
import type { Account, AccountExport, ProfileChanges } from "./api.js";
import { caller, type Caller } from "./call.js";
import type { Snapshot } from "./machine.js";

export interface AccountCalls {
  get(): Promise<Account>;
  /** Changes username or name. */
  change(changes: ProfileChanges): Promise<Account>;
  /** Ends the account's other sessions. Throws `wrong-password`. */
  changePassword(currentPassword: string, newPassword: string): Promise<void>;
  /** Has a link mailed to the new address. */
  changeEmail(currentPassword: string, email: string): Promise<void>;
  confirmEmail(token: string): Promise<void>;
  /** Has a link mailed; answers the same whether or not the account exists. */
  forgotPassword(email: string): Promise<void>;
  /** Ends all sessions of the account. */
  resetPassword(token: string, newPassword: string): Promise<void>;
  /** Takes the password of the sign-up. */
  activate(token: string, password: string): Promise<void>;
  resendActivation(email: string): Promise<void>;
  /** Everything that is kept about the account. */
  export(): Promise<AccountExport>;
  /** Ends all sessions, this one included. */
  deactivate(currentPassword: string): Promise<Snapshot>;
  /** Deletes the account for good. */
  delete(currentPassword: string): Promise<Snapshot>;
}

/** The account of whoever is signed in to this client. */
export function accountOf(keyturn: Caller): AccountCalls {
  const { reload } = keyturn;
  const call = caller(keyturn.fetch);
  const post = (path: string, body: unknown): Promise<void> => call("POST", path, body);
  return {
    get: () => call("GET", "/auth/account"),
    change: async (changes) => {
      const account = await call<Account>("PATCH", "/auth/account", changes);
      await reload().catch(() => undefined);
      return account;
    },
    changePassword: (current_password, new_password) => post("/auth/password", { current_password, new_password }),
    changeEmail: (current_password, email) => post("/auth/account/email", { current_password, email }),
    confirmEmail: (token) => post("/auth/account/email/confirm", { token }),
    forgotPassword: (email) => post("/auth/password/forgot", { email }),
    resetPassword: (token, password) => post("/auth/password/reset", { token, password }),
    activate: (token, password) => post("/auth/activate", { token, password }),
    resendActivation: (email) => post("/auth/activate/resend", { email }),
    export: () => call("GET", "/auth/account/export"),
    deactivate: async (current_password) => {
      await post("/auth/account/deactivate", { current_password });
      return reload();
    },
    delete: async (current_password) => {
      await call("DELETE", "/auth/account", { current_password });
      return reload();
    },
  };
}
