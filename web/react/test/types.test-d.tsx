/**
 * What the public types let somebody write, and what they don't. Nothing here is run: the compiler is the test. Each `@ts-expect-error` is a
 * line that must not compile.
 */
import type { EndReason, Keyturn, KeyturnError, SignInForm, SignOutResult, SignUpResult, Snapshot, User } from "@keyturn/client";
import type { ReactElement, ReactNode } from "react";
import { describe, expectTypeOf, test } from "vitest";

import {
  type Action,
  type IdleWarning,
  KeyturnProvider,
  SessionExpired,
  SignedIn,
  SignedOut,
  useKeyturnFetch,
  useSession,
  useSignIn,
  useSignOut,
  useSignUp,
} from "../src/index.js";

function written(_what: () => unknown): void {}

declare const keyturn: Keyturn;
declare const signIn: Action<[form: SignInForm], Snapshot>;

describe("what the hooks answer", () => {
  test("the state, and what a person does with its error beside it", () => {
    expectTypeOf(useSession).returns.toEqualTypeOf<Snapshot>();
    expectTypeOf(useSignIn).returns.toEqualTypeOf<Action<[form: SignInForm], Snapshot>>();
    expectTypeOf(useSignUp).returns.toHaveProperty("run").returns.resolves.toEqualTypeOf<SignUpResult | undefined>();
    expectTypeOf(useSignOut).returns.toHaveProperty("run").returns.resolves.toEqualTypeOf<SignOutResult | undefined>();
    expectTypeOf(signIn.error).toEqualTypeOf<KeyturnError | undefined>();
    expectTypeOf(useKeyturnFetch).returns.toEqualTypeOf<typeof globalThis.fetch>();
  });

  test("components give their children what they know", () => {
    type Given<Component extends (props: never) => unknown> = Parameters<Component>[0] extends { readonly children?: infer Children }
      ? Extract<Children, (...given: never[]) => unknown>
      : never;
    expectTypeOf<Given<typeof SignedIn>>().parameters.toEqualTypeOf<[user: User]>();
    expectTypeOf<Given<typeof SessionExpired>>().parameters.toEqualTypeOf<[reason: EndReason | undefined, signInLink: string]>();
    expectTypeOf<Given<typeof IdleWarning>>().parameters.toEqualTypeOf<[endsInSeconds: number, stay: () => void]>();
    expectTypeOf(KeyturnProvider).returns.toEqualTypeOf<ReactElement>();
    expectTypeOf(SignedOut).returns.toEqualTypeOf<ReactNode>();
  });
});

describe("what does not compile", () => {
  test("a provider without its client, a mode that does not exist, a sign-in without a password", () => {
    // @ts-expect-error: which client?
    written(() => <KeyturnProvider />);
    // @ts-expect-error: `message` or `redirect`.
    written(() => <SessionExpired mode="popup" />);
    // @ts-expect-error: there is no sign-in without a password.
    written(() => signIn.run({ email: "ann@example.org" }));
    written(() => <KeyturnProvider keyturn={keyturn} />);
  });

  test("using who may be nobody as somebody", () => {
    // @ts-expect-error: `user` is undefined while nobody is signed in.
    written(() => useSession().user.email);
    // @ts-expect-error: an error is there only where something went wrong.
    written(() => signIn.error.code);
    // @ts-expect-error: a permission is one, by name.
    written(() => <SignedIn permission={["admin"]}>in</SignedIn>);
  });
});
