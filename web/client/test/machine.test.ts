/**
 * The states of R2.7: a row for each thing that can happen in each of them.
 */
import { describe, expect, test } from "vitest";

import type { EndReason } from "../src/api.js";
import {
  asking,
  back,
  ended,
  type Happening,
  left,
  nobody,
  recognised,
  refused,
  type Snapshot,
  START,
  type Status,
  unanswered,
  warned,
} from "../src/machine.js";
import { ANN, aSession } from "./shapes.js";

const ANN_COMES: Happening = recognised(ANN, aSession());

const IN: Readonly<Record<Status, Snapshot>> = {
  authenticating: START,
  unauthenticated: nobody(START),
  authenticated: ANN_COMES(START),
  expired: ended("idle")(ANN_COMES(START)),
  unauthorized: refused()(START),
};

const ROWS: readonly [from: Status, what: string, happening: Happening, to: Status][] = [
  ["authenticating", "nobody is signed in", nobody, "unauthenticated"],
  ["authenticating", "somebody is", ANN_COMES, "authenticated"],
  ["authenticating", "the session of the cookie has ended", ended("idle"), "expired"],
  ["authenticating", "the server does not answer", unanswered, "authenticating"],
  ["unauthenticated", "a sign-in begins", asking, "authenticating"],
  ["unauthenticated", "something is asked for without credentials", refused(), "unauthorized"],
  ["unauthorized", "a sign-in begins", asking, "authenticating"],
  ["authenticated", "the session has ended", ended("idle"), "expired"],
  ["authenticated", "the account is suspended", ended("account_state"), "unauthorized"],
  ["authenticated", "the account is deleted", ended("account_deleted"), "unauthorized"],
  ["authenticated", "the person signs out in another tab", ended("signed_out"), "unauthenticated"],
  ["authenticated", "the person signs out here", left, "unauthenticated"],
  ["authenticated", "the cookies are gone", nobody, "expired"],
  ["authenticated", "the server does not answer", unanswered, "authenticated"],
  ["authenticated", "the idle end is near", warned(60), "authenticated"],
  ["expired", "another verdict comes late", ended("signed_out"), "expired"],
  ["expired", "nobody is signed in still", nobody, "expired"],
  ["expired", "the person signs out all the same", left, "unauthenticated"],
  ["expired", "a sign-in begins", asking, "authenticating"],
  ["expired", "another tab has signed in", ANN_COMES, "authenticated"],
];

describe("R2.7 the states and what leads from one to the other", () => {
  test.each(ROWS)("R2.7 %s: %s", (from, _what, happening, to) => {
    expect(happening(IN[from]).status).toBe(to);
  });

  test.each<EndReason>([
    "idle",
    "absolute_end",
    "token_reuse",
    "replaced",
    "session_limit",
    "admin",
    "password_changed",
    "signed_out_elsewhere",
  ])("R2.7 a session that ended as %s is expired, and says so", (reason) => {
    const over = ended(reason)(IN.authenticated);
    expect(over).toMatchObject({ status: "expired", reason, user: undefined, session: undefined });
  });

  test("R2.7 the reason stays until the next sign-in, a failed one included", () => {
    const failed = back(IN.expired)(asking(IN.expired));
    expect(failed).toMatchObject({ status: "expired", reason: "idle" });
    expect(ANN_COMES(failed).reason).toBeUndefined();
  });

  test("R2.7 no answer changes nothing but that", () => {
    expect(unanswered(IN.authenticated)).toEqual({ ...IN.authenticated, offline: true });
  });

  test("a state that does not change is the same object", () => {
    for (const state of Object.values(IN)) expect(warned(undefined)(state)).toBe(state);
    const near = warned(9)(IN.authenticated);
    expect(warned(9)(near)).toBe(near);
  });
});
