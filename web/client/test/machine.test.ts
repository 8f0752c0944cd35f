/**
 * The states of R2.7: a row for each thing that can happen in each of them.
 */
import { describe, expect, test } from "vitest";

import type { EndReason } from "../src/api.js";
import { type Happening, next, type Snapshot, START, type Status } from "../src/machine.js";
import { ANN, aSession } from "./shapes.js";

const IN: Readonly<Record<Status, Snapshot>> = {
  authenticating: START,
  unauthenticated: next(START, { type: "nobody" }),
  authenticated: next(START, { type: "recognised", user: ANN, session: aSession() }),
  expired: next(next(START, { type: "recognised", user: ANN, session: aSession() }), { type: "ended", reason: "idle" }),
  unauthorized: next(START, { type: "refused" }),
};

const ROWS: readonly [from: Status, what: string, happening: Happening, to: Status][] = [
  ["authenticating", "nobody is signed in", { type: "nobody" }, "unauthenticated"],
  ["authenticating", "somebody is", { type: "recognised", user: ANN, session: aSession() }, "authenticated"],
  ["authenticating", "the session of the cookie has ended", { type: "ended", reason: "idle" }, "expired"],
  ["authenticating", "the server does not answer", { type: "unanswered" }, "authenticating"],
  ["unauthenticated", "a sign-in begins", { type: "asking" }, "authenticating"],
  ["unauthenticated", "something is asked for without credentials", { type: "refused" }, "unauthorized"],
  ["unauthorized", "a sign-in begins", { type: "asking" }, "authenticating"],
  ["authenticated", "the session has ended", { type: "ended", reason: "idle" }, "expired"],
  ["authenticated", "the account is suspended", { type: "ended", reason: "account_state" }, "unauthorized"],
  ["authenticated", "the account is deleted", { type: "ended", reason: "account_deleted" }, "unauthorized"],
  ["authenticated", "the person signs out in another tab", { type: "ended", reason: "signed_out" }, "unauthenticated"],
  ["authenticated", "the person signs out here", { type: "left" }, "unauthenticated"],
  ["authenticated", "the cookies are gone", { type: "nobody" }, "expired"],
  ["authenticated", "the server does not answer", { type: "unanswered" }, "authenticated"],
  ["authenticated", "the idle end is near", { type: "warned", endsInSeconds: 60 }, "authenticated"],
  ["expired", "another verdict comes late", { type: "ended", reason: "signed_out" }, "expired"],
  ["expired", "nobody is signed in still", { type: "nobody" }, "expired"],
  ["expired", "the person signs out all the same", { type: "left" }, "unauthenticated"],
  ["expired", "a sign-in begins", { type: "asking" }, "authenticating"],
  ["expired", "another tab has signed in", { type: "recognised", user: ANN, session: aSession() }, "authenticated"],
];

describe("R2.7 the states and what leads from one to the other", () => {
  test.each(ROWS)("R2.7 %s: %s", (from, _what, happening, to) => {
    expect(next(IN[from], happening).status).toBe(to);
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
    const ended = next(IN.authenticated, { type: "ended", reason });
    expect(ended).toMatchObject({ status: "expired", reason, user: undefined, session: undefined });
  });

  test("R2.7 the reason stays until the next sign-in, a failed one included", () => {
    const failed = next(next(IN.expired, { type: "asking" }), { type: "back", to: IN.expired });
    expect(failed).toMatchObject({ status: "expired", reason: "idle" });
    expect(next(failed, { type: "recognised", user: ANN, session: aSession() }).reason).toBeUndefined();
  });

  test("R2.7 no answer changes nothing but that", () => {
    expect(next(IN.authenticated, { type: "unanswered" })).toEqual({ ...IN.authenticated, offline: true });
  });

  test("a state that does not change is the same object", () => {
    for (const state of Object.values(IN)) expect(next(state, { type: "unwarned" })).toBe(state);
    const warned = next(IN.authenticated, { type: "warned", endsInSeconds: 9 });
    expect(next(warned, { type: "warned", endsInSeconds: 9 })).toBe(warned);
  });
});
