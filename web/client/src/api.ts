/**
 * The shapes of Keyturn's API under short names.
 *
 * The rule: nothing here is written by hand a second time; each name points into `schema.ts`, which is generated from the API's
 * description. `npm run generate` makes it anew, and a test holds it fresh.
 */
import type { components } from "./schema.js";

type Schemas = components["schemas"];

/** One sign-in on one device. Times are RFC 3339, by the server's clock. */
export type Session = Schemas["Session"];
/** A session, with the states of its tokens and without their values. */
export type SessionWithTokens = Schemas["SessionWithTokens"];
/** A page of sessions, newest first; `next` is the cursor of the page after it. */
export type SessionPage = Schemas["SessionPage"];
/** Who is signed in, as `GET /auth/session` answers it. */
export type SessionContext = Schemas["SessionContext"];
/** What a sign-in or a refresh answers. In `cookie` delivery it holds no token, in `hybrid` the access token alone. */
export type TokenAnswer = Schemas["TokenAnswer"];
/** An account, as its own person sees it. */
export type Account = Schemas["User"];
/** Everything that is kept about an account. */
export type AccountExport = Schemas["AccountExport"];
/** Why a request came to nothing (RFC 9457). */
export type Problem = Schemas["Problem"];
/** What is wrong with one field of a form, in words for the person. */
export type FieldProblem = Schemas["FieldProblem"];
/** Why a session ended: exactly one of these. What each means: `docs/reasons.md`. */
export type EndReason = NonNullable<Problem["reason"]>;
/** What an account may be in. */
export type AccountState = NonNullable<Problem["account_state"]>;
/** A stable name for what went wrong, as the server tells it. What each means: `docs/problems.md`. */
export type ProblemCode = Problem["code"];

/** How tokens reach this browser: both in HttpOnly cookies, or the access token in memory and only the refresh token in a cookie. */
export type Delivery = "cookie" | "hybrid";

/** A sign-in: exactly one of `email`, `username` and `identifier` (either of them). */
export type SignInForm = Omit<Schemas["SignIn"], "delivery">;
/** A new account. */
export type SignUpForm = Omit<Schemas["SignUp"], "delivery">;
/** Which of the profile's fields to change. */
export type ProfileChanges = Schemas["ChangeProfile"];
/** How many sessions were ended. */
export type EndedSessions = Schemas["EndedSessions"];
