/**
 * What the public types let somebody write, and what they don't. Nothing here is run: the compiler is the test. Each `@ts-expect-error` is a
 * line that must not compile.
 */
import { describe, expectTypeOf, test } from "vitest";

import type { AccountCalls } from "../src/account.js";
import { accountOf } from "../src/account.js";
import type { attachKeyturn } from "../src/axios.js";
import type {
  EndReason,
  ErrorCode,
  Keyturn,
  KeyturnError,
  KeyturnOptions,
  Session,
  SessionWithTokens,
  SignInForm,
  SignOutResult,
  SignUpResult,
  Snapshot,
  Status,
  TokenAnswer,
  User,
} from "../src/index.js";
import type { sessionsOf } from "../src/sessions.js";

function written(_what: () => unknown): void {}

declare const keyturn: Keyturn;
declare const snapshot: Snapshot;
declare const error: KeyturnError;

describe("what is answered", () => {
  test("a state is one of five, and says who, until when, and why not", () => {
    expectTypeOf<Status>().toEqualTypeOf<"unauthenticated" | "authenticating" | "authenticated" | "expired" | "unauthorized">();
    expectTypeOf(snapshot.user).toEqualTypeOf<User | undefined>();
    expectTypeOf(snapshot.session).toEqualTypeOf<Session | undefined>();
    expectTypeOf(snapshot.reason).toEqualTypeOf<EndReason | undefined>();
    expectTypeOf(snapshot.idleWarning).toEqualTypeOf<{ readonly endsInSeconds: number } | undefined>();
  });

  test("calls answer what their names say", () => {
    expectTypeOf(keyturn.signIn).returns.resolves.toEqualTypeOf<Snapshot>();
    expectTypeOf(keyturn.signUp).returns.resolves.toEqualTypeOf<SignUpResult>();
    expectTypeOf(keyturn.signOut).returns.resolves.toEqualTypeOf<SignOutResult>();
    expectTypeOf(keyturn.fetch).toEqualTypeOf<typeof globalThis.fetch>();
    expectTypeOf(keyturn.subscribe).returns.toEqualTypeOf<() => void>();
    expectTypeOf(accountOf).returns.toEqualTypeOf<AccountCalls>();
    expectTypeOf<ReturnType<ReturnType<typeof sessionsOf>["each"]>>().toExtend<AsyncIterable<SessionWithTokens>>();
    expectTypeOf<typeof attachKeyturn>().returns.toEqualTypeOf<() => void>();
  });

  test("an error's code is a closed union, of the server's codes and of four of the client's", () => {
    expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
    expectTypeOf<string>().not.toExtend<ErrorCode>();
    expectTypeOf<"session-ended" | "no-answer" | "unexpected-answer" | "superseded" | "session-changed">().toExtend<ErrorCode>();
    expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>();
  });

  test("times are text, and a token answer says the server's", () => {
    expectTypeOf<TokenAnswer["now"]>().toEqualTypeOf<string>();
    expectTypeOf<Session["idle_ends_at" | "ends_at"]>().toEqualTypeOf<string>();
  });
});

describe("what does not compile", () => {
  test("a sign-in with a misspelled field, without a password, or that chooses its own delivery", () => {
    // @ts-expect-error: the field is called `email`.
    written(() => keyturn.signIn({ mail: "ann@example.org", password: "a heron" }));
    // @ts-expect-error: there is no sign-in without a password.
    written(() => keyturn.signIn({ email: "ann@example.org" }));
    // @ts-expect-error: the delivery is the client's, for all its sessions.
    written((): SignInForm => ({ email: "ann@example.org", password: "a heron", delivery: "body" }));
  });

  test("options that don't exist, and a delivery in which scripts would get refresh tokens", () => {
    // @ts-expect-error: a browser is never given a refresh token in a body.
    written((): KeyturnOptions => ({ delivery: "body" }));
    // @ts-expect-error: there is nowhere to store tokens.
    written((): KeyturnOptions => ({ storage: "localStorage" }));
    // @ts-expect-error: seconds are a number.
    written((): KeyturnOptions => ({ warnBeforeSeconds: "2m" }));
  });

  test("changing the state by hand, comparing it with what it can't be, or reading a token from it", () => {
    // @ts-expect-error: it is read-only.
    written(() => (snapshot.status = "authenticated"));
    // @ts-expect-error: there is no such state.
    written(() => snapshot.status === "signed-in");
    // @ts-expect-error: no token is ever in the state.
    written(() => snapshot.token);
    // @ts-expect-error: whoever it is may be nobody.
    written(() => snapshot.user.email);
    // @ts-expect-error: there is no such reason.
    written(() => snapshot.reason === "timeout");
  });

  test("what is an entry of its own", () => {
    // @ts-expect-error: `accountOf(keyturn)` of `@keyturn/client/account`.
    written(() => keyturn.account);
    // @ts-expect-error: `sessionsOf(keyturn)` of `@keyturn/client/sessions`.
    written(() => keyturn.sessions);
  });
});
