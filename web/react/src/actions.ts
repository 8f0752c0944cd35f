/**
 * What a person does, as hooks: sign in, sign up, sign out. Each tells whether it is under way and what went wrong last.
 *
 * The caveat: nothing is thrown at the component; it finds the error beside the function, and forms their `fieldErrors` in it.
 */
import {
  type Keyturn,
  KeyturnError,
  type SignInForm,
  type SignOutResult,
  type SignUpForm,
  type SignUpResult,
  type Snapshot,
} from "@keyturn/client";
import { useCallback, useRef, useState } from "react";

import { useKeyturn } from "./context.js";

/** Something that takes a while and may go wrong. */
export interface Action<Arguments extends readonly unknown[], Result> {
  /** Does it; answers nothing where it went wrong. */
  readonly run: (...given: Arguments) => Promise<Result | undefined>;
  readonly isPending: boolean;
  /** What went wrong the last time, until the next. */
  readonly error: KeyturnError | undefined;
}

/** `const { run, isPending, error } = useSignIn()` */
export function useSignIn(): Action<[form: SignInForm], Snapshot> {
  return useAction(useKeyturn().signIn);
}

/** As `useSignIn`; its result tells whether the account has to be activated first. */
export function useSignUp(): Action<[form: SignUpForm], SignUpResult> {
  return useAction(useKeyturn().signUp);
}

export function useSignOut(): Action<[], SignOutResult> {
  return useAction(useKeyturn().signOut);
}

/** `fetch` as the client has it. */
export function useKeyturnFetch(): Keyturn["fetch"] {
  return useKeyturn().fetch;
}

function useAction<Arguments extends readonly unknown[], Result>(act: (...given: Arguments) => Promise<Result>): Action<Arguments, Result> {
  const [shown, show] = useState<{ isPending: boolean; error: KeyturnError | undefined }>({ isPending: false, error: undefined });
  const latest = useRef(0);
  const run = useCallback(
    async (...given: Arguments): Promise<Result | undefined> => {
      latest.current += 1;
      const own = latest.current;
      show({ isPending: true, error: undefined });
      try {
        const result = await act(...given);
        if (own === latest.current) show({ isPending: false, error: undefined });
        return result;
      } catch (cause) {
        if (own === latest.current) show({ isPending: false, error: KeyturnError.from(cause) });
        return undefined;
      }
    },
    [act],
  );
  return { run, ...shown };
}
